package io.narrows.cli.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;

/** The properties files of a local cluster's servers; {@code brokerExtra} and {@code proxyExtra} win over all others. */
public record ServerSettings(
        ZoneLayout layout,
        String clusterId,
        Path directory,
        String s3Endpoint,
        Map<String, String> brokerExtra,
        Map<String, String> proxyExtra) {
    public static final String BUCKET = "narrows";

    /** What a controller must be told when brokers are. */
    private static final Set<String> OF_THE_WHOLE_CLUSTER = Set.of(
            "authorizer.class.name",
            "super.users",
            "narrows.tier.enable",
            "remote.log.storage.system.enable",
            "broker.session.timeout.ms");

    public ServerSettings {
        brokerExtra = Map.copyOf(brokerExtra);
        proxyExtra = Map.copyOf(proxyExtra);
    }

    public Properties controller() {
        Properties properties = common(ZoneLayout.CONTROLLER_ID);
        properties.put("process.roles", "controller");
        properties.put("listeners", "CONTROLLER://" + layout.controllerAddress());
        properties.put("default.replication.factor", "3");
        brokerExtra.forEach((key, value) -> {
            if (OF_THE_WHOLE_CLUSTER.contains(key)) {
                properties.put(key, value);
            }
        });
        return properties;
    }

    public Properties broker(int zone) {
        Properties properties = common(layout.brokerId(zone));
        String listener = "PLAINTEXT://" + layout.brokerAddress(zone);
        properties.put("process.roles", "broker");
        properties.put("listeners", listener);
        properties.put("advertised.listeners", listener);
        properties.put("broker.rack", layout.zones().get(zone));
        properties.put("replica.selector.class", "org.apache.kafka.common.replica.RackAwareReplicaSelector");
        properties.put("min.insync.replicas", "2");
        properties.put("num.io.threads", "4");
        properties.put("num.network.threads", "2");
        properties.put("num.replica.fetchers", "1");
        properties.put("background.threads", "4");
        properties.put("offsets.topic.num.partitions", "3");
        properties.put("transaction.state.log.num.partitions", "3");
        properties.put("transaction.state.log.min.isr", "2");
        properties.put("share.coordinator.state.topic.num.partitions", "3");
        properties.put("share.coordinator.state.topic.min.isr", "2");
        properties.put("group.initial.rebalance.delay.ms", "0");
        properties.put("log.cleaner.dedupe.buffer.size", "4194304");
        properties.put("replica.fetch.backoff.ms", "100");
        properties.put("message.max.bytes", "8388608");
        properties.put("replica.fetch.max.bytes", "8388608");
        properties.put("socket.request.max.bytes", "104857600");
        String relay = layout.relayAddress(zone);
        properties.put("narrows.relay.listener", relay);
        properties.put("narrows.relay.advertised.listener", relay);
        properties.put("narrows.s3.endpoint", s3Endpoint);
        properties.put("narrows.s3.bucket", BUCKET);
        properties.put("narrows.s3.access.key", "narrows");
        properties.put("narrows.s3.secret.key", "narrows-local");
        // For remote storage managers other than ours.
        properties.put("rsm.config.endpoint", s3Endpoint);
        properties.put("rsm.config.bucket", BUCKET);
        brokerExtra.forEach((key, value) -> properties.put(
                key,
                value.replace("{zone}", layout.zones().get(zone))
                        .replace("{port}", Integer.toString(layout.brokerPorts().get(zone)))));
        return properties;
    }

    /** Bytes of a topic's segment files in a node's log directory; files that are deleted meanwhile count for nothing. */
    long logFileBytes(int nodeId, String topic) {
        try (Stream<Path> files = Files.walk(directory.resolve("node-" + nodeId), 2)) {
            String part = "/" + topic + "-";
            return files.map(Path::toString)
                    .filter(file -> file.endsWith(".log") && file.contains(part))
                    .mapToLong(file -> new File(file).length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Properties proxy(int zone) {
        Properties properties = new Properties();
        String name = layout.zones().get(zone);
        properties.put("zone", name);
        properties.put("writer.id", "proxy-" + name);
        properties.put("listeners", "PLAINTEXT://" + layout.proxyAddress(zone));
        properties.put("bootstrap.servers", layout.brokerBootstrap(zone));
        properties.put("admin.listener", layout.adminAddress(zone));
        properties.put("s3.endpoint", s3Endpoint);
        properties.put("s3.bucket", BUCKET);
        properties.put("s3.access.key", "narrows");
        properties.put("s3.secret.key", "narrows-local");
        proxyExtra.forEach((key, value) -> properties.put(
                key,
                value.contains("{base}")
                        ? value.replace(
                                "{base}",
                                Integer.toString(FreePorts.base(layout.zones().size())))
                        : value));
        return properties;
    }

    /** The same broker without Narrows: its settings are left out. */
    public Properties stockBroker(int zone) {
        Properties properties = broker(zone);
        properties.keySet().removeIf(key -> key.toString().startsWith("narrows."));
        return properties;
    }

    private Properties common(int nodeId) {
        Properties properties = new Properties();
        properties.put("node.id", Integer.toString(nodeId));
        properties.put("controller.quorum.voters", ZoneLayout.CONTROLLER_ID + "@" + layout.controllerAddress());
        properties.put("controller.listener.names", "CONTROLLER");
        properties.put("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT");
        properties.put("log.dirs", directory.resolve("node-" + nodeId).toString());
        return properties;
    }
}
