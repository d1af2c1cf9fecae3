package io.narrows.broker.gc;

import io.narrows.relay.pointer.WalObjectId;
import java.util.ArrayList;
import java.util.List;

/** One replica's log on the disk of a simulated broker: links only, five to a segment. Survives the broker's process. */
final class SimReplica {
    private static final int SEGMENT = 5;

    /** Who appended what; two replicas that have the same at an offset have the same before it. */
    record Link(WalObjectId object, int epoch) {}

    final int partition;
    private final List<Link> links = new ArrayList<>();
    private long start;
    private LogReferences references;

    SimReplica(int partition, BrokerReferences broker) {
        this.partition = partition;
        references = broker.open("t-" + partition);
    }

    long start() {
        return start;
    }

    long end() {
        return start + links.size();
    }

    List<Link> links() {
        return links;
    }

    LogReferences references() {
        return references;
    }

    void append(Link link) {
        references.add(segmentOf(end()), link.object());
        links.add(link);
    }

    /** A broker reads its disk again. */
    void loadInto(BrokerReferences broker) {
        references = broker.open("t-" + partition);
        for (int i = 0; i < links.size(); i++) {
            references.add(segmentOf(start + i), links.get(i).object());
        }
    }

    List<Link> read(long from) {
        return List.copyOf(links.subList((int) (from - start), links.size()));
    }

    void truncateTo(long end) {
        if (end >= end()) {
            return;
        }
        if (end <= start) {
            startAt(end);
            return;
        }
        for (long base = segmentOf(end); base < end(); base += SEGMENT) {
            references.drop(base);
        }
        links.subList((int) (end - start), links.size()).clear();
        for (long offset = Math.max(start, segmentOf(end)); offset < end; offset++) {
            references.add(segmentOf(offset), links.get((int) (offset - start)).object());
        }
    }

    /** Truncates fully. */
    void startAt(long offset) {
        for (long base = segmentOf(start); base < end(); base += SEGMENT) {
            references.drop(base);
        }
        links.clear();
        start = offset;
    }

    /** Retention: whole segments before the offset go, but never the active one. */
    void deleteBefore(long offset) {
        while (segmentOf(start) + SEGMENT <= Math.min(offset, end() - 1)) {
            long next = segmentOf(start) + SEGMENT;
            references.drop(segmentOf(start));
            links.subList(0, (int) (next - start)).clear();
            start = next;
        }
    }

    /** Where this log and the leader's part. */
    long divergesFrom(SimReplica leader) {
        long offset = Math.max(start, leader.start);
        while (offset < Math.min(end(), leader.end())
                && links.get((int) (offset - start)).equals(leader.links.get((int) (offset - leader.start)))) {
            offset++;
        }
        return offset;
    }

    private static long segmentOf(long offset) {
        return offset - offset % SEGMENT;
    }
}
