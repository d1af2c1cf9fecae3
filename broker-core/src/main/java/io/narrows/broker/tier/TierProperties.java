package io.narrows.broker.tier;

import io.narrows.broker.config.KafkaDefaults.Default;
import io.narrows.broker.config.TierKeys;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManagerConfig;
import org.apache.kafka.server.log.remote.storage.RemoteLogManagerConfig;

/** What {@code narrows.tier.enable} means in Kafka's own keys. Stateless. */
public final class TierProperties {
    private static final String METADATA_PREFIX =
            RemoteLogManagerConfig.DEFAULT_REMOTE_LOG_METADATA_MANAGER_CONFIG_PREFIX;
    private static final String OFFSETS_REPLICATION = "offsets.topic.replication.factor";

    private TierProperties() {}

    /** Adds what is missing and throws {@link ConfigException} for what contradicts; {@code applied} gets what was added. */
    public static void fillIn(Properties properties, AbstractConfig own, boolean broker, List<Default> applied) {
        if (!own.getBoolean(TierKeys.TIER_ENABLE)) {
            return;
        }
        String why = TierKeys.TIER_ENABLE + " is true";
        require(properties, RemoteLogManagerConfig.REMOTE_LOG_STORAGE_SYSTEM_ENABLE_PROP, "true", why, applied);
        require(
                properties,
                RemoteLogManagerConfig.REMOTE_STORAGE_MANAGER_CLASS_NAME_PROP,
                SegmentStorage.class.getName(),
                why,
                applied);
        require(
                properties,
                RemoteLogManagerConfig.REMOTE_LOG_METADATA_MANAGER_CLASS_NAME_PROP,
                SegmentMetadata.class.getName(),
                why,
                applied);
        if (!broker) {
            return;
        }
        add(
                properties,
                RemoteLogManagerConfig.REMOTE_LOG_METADATA_MANAGER_LISTENER_NAME_PROP,
                listener(properties),
                why,
                applied);
        String replication = properties.getProperty(OFFSETS_REPLICATION, "3").trim();
        add(
                properties,
                METADATA_PREFIX
                        + TopicBasedRemoteLogMetadataManagerConfig.REMOTE_LOG_METADATA_TOPIC_REPLICATION_FACTOR_PROP,
                replication,
                "as " + OFFSETS_REPLICATION,
                applied);
        add(
                properties,
                METADATA_PREFIX + TopicBasedRemoteLogMetadataManagerConfig.REMOTE_LOG_METADATA_TOPIC_MIN_ISR_PROP,
                replication.equals("1") || replication.equals("2") ? "1" : "2",
                "fits the replication factor of the metadata topic",
                applied);
        for (String pool : List.of(
                RemoteLogManagerConfig.REMOTE_LOG_MANAGER_COPIER_THREAD_POOL_SIZE_PROP,
                RemoteLogManagerConfig.REMOTE_LOG_MANAGER_EXPIRATION_THREAD_POOL_SIZE_PROP)) {
            add(properties, pool, "2", "copies and deletes leave the machine to producers and readers", applied);
        }
    }

    private static void require(Properties properties, String key, String value, String why, List<Default> applied) {
        String present = properties.getProperty(key);
        if (present != null && !present.trim().equalsIgnoreCase(value)) {
            throw new ConfigException("Remove " + key + "=" + present + ", or set " + TierKeys.TIER_ENABLE
                    + "=false: segment objects need " + value + ".");
        }
        add(properties, key, value, why, applied);
    }

    private static void add(Properties properties, String key, String value, String why, List<Default> applied) {
        if (properties.getProperty(key) == null) {
            properties.put(key, value);
            applied.add(new Default(key, value, why));
        }
    }

    /** The listener of other brokers, or the first one for clients. */
    private static String listener(Properties properties) {
        String named = properties.getProperty("inter.broker.listener.name");
        if (named != null) {
            return named.trim();
        }
        List<String> controllers = names(properties.getProperty("controller.listener.names", ""));
        return names(properties.getProperty("listeners", "PLAINTEXT://:9092")).stream()
                .filter(name -> !controllers.contains(name))
                .findFirst()
                .orElseThrow(() -> new ConfigException(
                        "listeners contains no listener for clients. Add one besides the controller's."));
    }

    private static List<String> names(String listeners) {
        return Arrays.stream(listeners.split(",", -1))
                .map(listener -> listener.split(":", 2)[0].trim())
                .toList();
    }
}
