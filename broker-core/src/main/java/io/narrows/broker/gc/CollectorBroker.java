package io.narrows.broker.gc;

import org.apache.kafka.metadata.KRaftMetadataCache;
import org.jspecify.annotations.Nullable;

/** Which broker collects garbage: of those that are not fenced, the one with the lowest id. Stateless. */
public final class CollectorBroker {
    private CollectorBroker() {}

    /** The id of the collector, as a broker's metadata shows it; -1 if there is none. */
    public static int in(@Nullable KRaftMetadataCache metadata) {
        if (metadata == null) {
            return -1;
        }
        return metadata.getImage().cluster().brokers().values().stream()
                .filter(registration -> !registration.fenced())
                .mapToInt(registration -> registration.id())
                .min()
                .orElse(-1);
    }
}
