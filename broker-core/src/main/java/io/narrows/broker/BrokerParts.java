package io.narrows.broker;

import io.narrows.broker.kafka.BrokerExtension;
import io.narrows.broker.read.ReadServices;
import io.narrows.broker.tier.TierServices;
import org.jspecify.annotations.Nullable;

/**
 * What a process with the broker role is made of besides Kafka: how links are read, what stands in front of the log, and
 * what keeps its history. Closed by whoever made it, after the server.
 */
public record BrokerParts(
        ReadServices reads,
        BrokerExtension extension,
        @Nullable TierServices tier) {
    /** Without segment objects. */
    public BrokerParts(ReadServices reads, BrokerExtension extension) {
        this(reads, extension, null);
    }
}
