package io.narrows.broker.gate;

import java.util.Map;
import org.apache.kafka.common.feature.Features;
import org.apache.kafka.common.feature.SupportedVersionRange;
import org.apache.kafka.controller.QuorumFeatures;
import org.apache.kafka.metadata.VersionRange;
import org.apache.kafka.server.BrokerFeatures;

/**
 * The feature that every broker and controller of a Narrows cluster announces when it registers: that it can hold, read
 * and guard logs with links. Stateless.
 */
public final class LinkFeature {
    static final String NAME = "narrows.log";
    /** The version of the hybrid log that this code reads and writes. */
    static final short LEVEL = 1;

    private LinkFeature() {}

    /** Kafka's own features and ours. From 0, as a stock controller wants it of a feature that it does not know. */
    public static BrokerFeatures brokerFeatures(boolean unstableVersions) {
        return BrokerFeatures.createDefault(
                unstableVersions,
                Features.supportedFeatures(Map.of(NAME, new SupportedVersionRange((short) 0, LEVEL))));
    }

    public static Map<String, VersionRange> controllerFeatures(boolean unstableVersions) {
        Map<String, VersionRange> features = QuorumFeatures.defaultSupportedFeatureMap(unstableVersions);
        features.put(NAME, VersionRange.of((short) 0, LEVEL));
        return features;
    }

    static boolean isIn(Map<String, VersionRange> supported) {
        VersionRange range = supported.get(NAME);
        return range != null && range.contains(LEVEL);
    }
}
