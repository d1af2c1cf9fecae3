package io.narrows.proxy.api;

import java.util.Comparator;

/**
 * A partition as requests by leader name it. Has an order, which Kafka's class has not, so that a map of partitions whose
 * hashes a client has made equal stays fast.
 */
record NamedPartition(String topic, int partition) implements Comparable<NamedPartition> {
    private static final Comparator<NamedPartition> ORDER =
            Comparator.comparing(NamedPartition::topic).thenComparingInt(NamedPartition::partition);

    @Override
    public int compareTo(NamedPartition other) {
        return ORDER.compare(this, other);
    }
}
