package io.narrows.bench.it;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.bench.cluster.ProcessCluster.Jvms;
import io.narrows.cli.cluster.ClusterOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A cluster whose brokers advertise names that only brokers and proxies can resolve. A client that is told a broker's
 * address, by whatever response, cannot use it.
 */
final class HiddenBrokers {
    /** The domain of the brokers' names; RFC 2606 keeps it from existing. */
    static final String DOMAIN = "hidden.invalid";

    private HiddenBrokers() {}

    static ProcessCluster start(Path directory, String logs, Map<String, String> brokerExtra) throws Exception {
        return start(directory, logs, brokerExtra, Map.of());
    }

    static ProcessCluster start(
            Path directory, String logs, Map<String, String> brokerExtra, Map<String, String> proxyExtra)
            throws Exception {
        Map<String, String> extra = new HashMap<>(brokerExtra);
        extra.put("advertised.listeners", "PLAINTEXT://broker-{zone}." + DOMAIN + ":{port}");
        ClusterOptions plain = ProcessCluster.options(directory);
        return ProcessCluster.start(
                directory,
                new ClusterOptions(plain.s3(), extra, proxyExtra),
                Jvms.small(Path.of("target", "it-logs", logs)).with("-Djdk.net.hosts.file=" + hosts(directory)));
    }

    private static Path hosts(Path directory) throws IOException {
        StringBuilder names = new StringBuilder("127.0.0.1 localhost");
        for (String zone : new String[] {"a", "b", "c"}) {
            names.append(" broker-").append(zone).append('.').append(DOMAIN);
        }
        return Files.writeString(directory.resolve("hosts"), names.append('\n'));
    }
}
