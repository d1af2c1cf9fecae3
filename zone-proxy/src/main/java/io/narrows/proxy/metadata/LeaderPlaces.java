package io.narrows.proxy.metadata;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which of a proxy's nodes stand for the partitions of which leader. A node has partitions of one leader, as long as there
 * are as many nodes as brokers; where there are several times as many, the partitions of a leader are spread over its
 * nodes. A leader's place is its rank among the brokers that were ever named, so one that is away for a while moves
 * no other broker's partitions, and proxies that know the same brokers agree. Any thread.
 */
final class LeaderPlaces {
    /** Ascending. Replaced, never changed. */
    private volatile int[] brokers = {};

    /** A response named the broker: as a broker, or as a replica of a partition. */
    void learn(int brokerId) {
        if (brokerId >= 0 && Arrays.binarySearch(brokers, brokerId) < 0) {
            add(brokerId);
        }
    }

    private synchronized void add(int brokerId) {
        brokers = IntStream.concat(Arrays.stream(brokers), IntStream.of(brokerId))
                .sorted()
                .distinct()
                .toArray();
    }

    /** Ascending; another array once another broker is known. Not to be changed. */
    int[] brokers() {
        return brokers;
    }

    /** The place, from 0 on, among this many nodes. */
    int place(int leaderId, String topic, int partition, int nodes) {
        learn(leaderId);
        int[] known = brokers;
        int rank = Math.max(0, Arrays.binarySearch(known, leaderId));
        int nodesOfEach = nodes / Math.max(1, known.length);
        return nodesOfEach < 2
                ? rank % nodes
                : rank + known.length * Math.floorMod(turn(topic, partition, known.length), nodesOfEach);
    }

    /**
     * Counts on from partition to partition of a topic, whether they have one leader or brokers lead in turn: then it is
     * every {@code brokers}th one that a leader has. Topics begin at different numbers, for many have one partition.
     */
    private static long turn(String topic, int partition, int brokers) {
        return RendezvousHash.key(topic) + partition / brokers + partition % brokers;
    }
}
