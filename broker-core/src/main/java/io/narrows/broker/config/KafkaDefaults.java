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
                    "a follower asks for a partition that is new, or new at its leader, when the fetch that is under way "
                            + "has ended, and acknowledgements wait for that; Kafka's 500 was seen as half a second"),
            new Default(
                    "remote.fetch.max.wait.ms",
                    "10000",
                    "a consumer's read from the object store may take this long before it is answered empty"),
            new Default(
                    "fetch.max.bytes",
                    "16777216",
                    "bytes behind links are answered from a bounded memory, unlike those of a file"),
            new Default(
                    "log.index.size.max.bytes",
                    "1048576",
                    "index files are created at this size, and the first entry in one makes the kernel zero up to all "
                            + "of it; partitions of links get theirs late and at about the same time, which at "
                            + "Kafka's 10 MiB stopped a small cluster for seconds"),
            new Default(
                    "log.index.interval.bytes",
                    "1024",
                    "a fetch looks for its offset batch by batch from the last index entry on, and in Kafka's 4096 "
                            + "bytes there are some forty links"));

    private KafkaDefaults() {}

    /** A key that the user may set, the value it has if not, and why. */
    public record Default(String key, String value, String why) {}

    /** A copy of the properties with the defaults filled in; {@code applied} gets those that were. */
    public static Properties fillIn(Properties properties, List<Default> applied) {
        Properties filled = new Properties();
        properties.stringPropertyNames().forEach(name -> filled.put(name, properties.getProperty(name)));
        if ("false".equalsIgnoreCase(filled.getProperty("log.cleaner.enable"))) {
            throw new ConfigException("Remove log.cleaner.enable=false: the log cleaner must run, because it is what "
                    + "keeps Kafka's internal topics small.");
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
