package io.narrows.bench.it;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.cli.ConnectDistributed;
import org.apache.kafka.connect.mirror.MirrorMaker;
import org.apache.kafka.connect.runtime.Connect;

/** Kafka Connect in distributed mode and MirrorMaker 2, in this process. Used by one thread. */
final class ConnectWorkers implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);

    private final String bootstrap;
    private final HttpClient http = HttpClient.newHttpClient();
    private Connect<?> connect;
    private MirrorMaker mirror;

    ConnectWorkers(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    /** A worker with exactly-once sources; copies one file to a topic and the topic to another file. */
    void copyFile(Path from, String topic, Path to) throws IOException, InterruptedException {
        Map<String, String> worker = new HashMap<>(Map.of(
                "bootstrap.servers", bootstrap,
                "group.id", "connect-workers",
                "listeners", "http://127.0.0.1:0",
                "plugin.discovery", "service_load",
                "exactly.once.source.support", "enabled",
                "key.converter", "org.apache.kafka.connect.storage.StringConverter",
                "value.converter", "org.apache.kafka.connect.storage.StringConverter",
                "offset.flush.interval.ms", "500",
                "scheduled.rebalance.max.delay.ms", "0"));
        for (String storage : List.of("config", "offset", "status")) {
            worker.put(storage + ".storage.topic", "connect-" + storage);
            worker.put(storage + ".storage.replication.factor", "3");
        }
        worker.put("offset.storage.partitions", "3");
        worker.put("status.storage.partitions", "3");
        connect = new ConnectDistributed().startConnect(worker);
        create("source", "FileStreamSource", "\"file\":\"" + from + "\",\"topic\":\"" + topic + "\"");
        create("sink", "FileStreamSink", "\"file\":\"" + to + "\",\"topics\":\"" + topic + "\"");
    }

    private void create(String name, String type, String settings) throws IOException, InterruptedException {
        String body = "{\"name\":\"" + name + "\",\"config\":{\"connector.class\":\"" + type + "\",\"tasks.max\":\"1\","
                + settings + "}}";
        HttpRequest request = HttpRequest.newBuilder(connect.rest().serverUrl().resolve("/connectors"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        long end = System.nanoTime() + START.toNanos();
        HttpResponse<String> response;
        do {
            // While the worker joins its group it answers with a conflict.
            response = http.send(request, HttpResponse.BodyHandlers.ofString());
        } while (response.statusCode() >= 400 && System.nanoTime() - end < 0);
        if (response.statusCode() >= 400) {
            throw new IllegalStateException("Connect does not take " + body + ": " + response.body());
        }
    }

    /** Copies a topic from one cluster to the other, which may be the same, as {@code near.<topic>}. */
    void mirror(String topic, String farBootstrap) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "clusters", "near, far",
                "near.bootstrap.servers", bootstrap,
                "far.bootstrap.servers", farBootstrap,
                "near->far.enabled", "true",
                "far->near.enabled", "false",
                "topics", topic,
                "replication.factor", "3",
                "refresh.topics.interval.seconds", "5",
                "emit.heartbeats.enabled", "false",
                "plugin.discovery", "service_load"));
        for (String kind : List.of("checkpoints.topic", "heartbeats.topic", "offset-syncs.topic")) {
            settings.put(kind + ".replication.factor", "3");
        }
        for (String kind : List.of("config", "offset", "status")) {
            settings.put(kind + ".storage.replication.factor", "3");
        }
        settings.put("offset.storage.partitions", "3");
        settings.put("status.storage.partitions", "3");
        mirror = new MirrorMaker(settings, List.of("near", "far"), Time.SYSTEM);
        mirror.start();
    }

    @Override
    public void close() {
        if (mirror != null) {
            mirror.stop();
            mirror.awaitStop();
        }
        if (connect != null) {
            connect.stop();
            connect.awaitStop();
        }
    }
}
