package io.narrows.bench.it;

import io.narrows.bench.cluster.JavaCommand;
import io.narrows.bench.cluster.JavaProcess;
import io.narrows.broker.server.StorageFormat;
import io.narrows.cli.cluster.FreePorts;
import io.narrows.cli.cluster.Ready;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.Uuid;

/** One broker of Kafka as it is, in a process without a class of ours. Used by one thread; owns the process. */
final class StockBroker implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);

    private final JavaProcess process;
    private final int port;

    private StockBroker(JavaProcess process, int port) {
        this.process = process;
        this.port = port;
    }

    static StockBroker start(Path directory, Map<String, String> extra) throws IOException, InterruptedException {
        List<Integer> ports = FreePorts.take(2);
        String listener = "PLAINTEXT://127.0.0.1:" + ports.get(0);
        Properties properties = new Properties();
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", "1");
        properties.put("listeners", listener + ",CONTROLLER://127.0.0.1:" + ports.get(1));
        properties.put("advertised.listeners", listener);
        properties.put("controller.listener.names", "CONTROLLER");
        properties.put("controller.quorum.voters", "1@127.0.0.1:" + ports.get(1));
        properties.put("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT");
        properties.put("log.dirs", directory.resolve("data").toString());
        properties.put("offsets.topic.replication.factor", "1");
        properties.put("transaction.state.log.replication.factor", "1");
        properties.put("transaction.state.log.min.isr", "1");
        properties.put("share.coordinator.state.topic.replication.factor", "1");
        properties.put("share.coordinator.state.topic.min.isr", "1");
        properties.putAll(extra);
        Files.createDirectories(directory);
        StorageFormat.format(properties, Uuid.randomUuid().toString());
        Path file = directory.resolve("stock.properties");
        try (Writer writer = Files.newBufferedWriter(file)) {
            properties.store(writer, null);
        }
        JavaProcess process = JavaProcess.start(
                "stock",
                JavaCommand.foreign(
                        "kafka.Kafka",
                        List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                        List.of(file.toString())),
                directory.resolve("stock.log"));
        StockBroker broker = new StockBroker(process, ports.get(0));
        if (!Ready.await(START, () -> !process.isAlive() || Ready.accepts(broker.port)) || !process.isAlive()) {
            String log = process.tail(30);
            broker.close();
            throw new IllegalStateException("the stock broker did not start:\n" + log);
        }
        return broker;
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        process.close();
    }
}
