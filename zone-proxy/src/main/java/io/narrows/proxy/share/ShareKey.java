package io.narrows.proxy.share;

import java.util.Comparator;
import java.util.UUID;
import org.apache.kafka.common.Uuid;

/**
 * A partition as share requests name it. Has an order, so that a map of keys whose hashes a client has made equal stays
 * fast.
 */
record ShareKey(Uuid topicId, int partition) implements Comparable<ShareKey> {
    private static final Comparator<ShareKey> ORDER =
            Comparator.comparing(ShareKey::topicId).thenComparingInt(ShareKey::partition);

    @Override
    public int compareTo(ShareKey other) {
        return ORDER.compare(this, other);
    }

    UUID id() {
        return new UUID(topicId.getMostSignificantBits(), topicId.getLeastSignificantBits());
    }
}
