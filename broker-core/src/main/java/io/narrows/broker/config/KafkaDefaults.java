package io.narrows.broker.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.config.ConfigException;

/** Kafka settings that a Narrows server needs otherwise than Kafka's defaults have them. Stateless. */
public final class KafkaDefaults {
    /** In the order of the documentation. */
    public static final List<Default> ALL = List.of(
            new Default(
                    "replica.selector.class",
                    "org.apache.kafka.common.replica.RackAwareReplicaSelector",
                    "consumers with client.rack read from the replica of their zone"),
            new Default(
                    "replica.fetch.wait.max.ms",
                    "100",
                    "a follower adds a new partition to its fetches after the fetch in flight has ended; acknowledgements "
                            + "of that partition wait, with Kafka's 500 ms for up to half a second"),
            new Default(
                    "remote.fetch.max.wait.ms",
                    "10000",
                    "a consumer's read from the object store may take this long before the response is empty"),
            new Default(
                    "fetch.max.bytes",
                    "16777216",
                    "responses with linked batches use bounded memory; file transfers do not"),
            new Default(
                    "log.index.size.max.bytes",
                    "1048576",
                    "the kernel zeroes up to a whole index file at its first entry; linked partitions reach that point "
                            + "at about the same time, and Kafka's 10 MiB stopped a small cluster for seconds"),
            new Default(
                    "log.index.interval.bytes",
                    "1024",
                    "a fetch scans batch by batch from the last index entry; Kafka's 4096 bytes contain about forty links"));

    private KafkaDefaults() {}

    /** A key that the user may set, the value it has if not, and why. */
    public record Default(String key, String value, String why) {}

    /** A copy of the properties with the defaults filled in; {@code applied} gets those that were. */
    public static Properties fillIn(Properties properties, List<Default> applied) {
        Properties filled = new Properties();
        properties.stringPropertyNames().forEach(name -> filled.put(name, properties.getProperty(name)));
        if ("false".equalsIgnoreCase(filled.getProperty("log.cleaner.enable"))) {
            throw new ConfigException(
                    "log.cleaner.enable is false; only true is allowed, because the log cleaner compacts "
                            + "Kafka's internal topics. Remove the setting.");
        }
        for (Default wanted : ALL) {
            if (filled.getProperty(wanted.key()) == null) {
                filled.put(wanted.key(), wanted.value());
                applied.add(wanted);
            }
        }
        return filled;
    }

    /** As {@link #fillIn(Properties, List)}, for those who do not report. */
    public static Properties fillIn(Properties properties) {
        return fillIn(properties, new ArrayList<>());
    }
}
