package io.narrows.broker.relay;

import io.narrows.relay.memory.MemoryBudget;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * Memory for batches that come in parts: one is granted when all of it fits, in the order in which proxies asked, and a
 * batch larger than the whole budget alone. What is granted can always arrive, since nothing else is waited for; so
 * batches that have half arrived cannot block each other. Owned by the relay's loop.
 */
final class LargeBatches {
    private final MemoryBudget memory;
    private final ArrayDeque<Announced> waiting = new ArrayDeque<>();
    /** Granted, and not an entry yet: one for each peer. */
    private final Map<RelayPeer, Announced> arriving = new HashMap<>();

    private record Announced(RelayPeer peer, long number, int bytes) {}

    LargeBatches(MemoryBudget memory) {
        this.memory = memory;
    }

    void announced(RelayPeer peer, long number, int bytes) {
        waiting.add(new Announced(peer, number, bytes));
        grantWhatFits();
    }

    /** The batch will not come; also when the peer's connection has ended. */
    void withdrawn(RelayPeer peer) {
        Announced granted = arriving.remove(peer);
        if (granted != null) {
            memory.release(granted.bytes());
        }
        for (Iterator<Announced> all = waiting.iterator(); all.hasNext(); ) {
            if (all.next().peer() == peer) {
                all.remove();
            }
        }
        grantWhatFits();
    }

    /** The peer's batch has arrived as an entry, which has its memory from now on. */
    void arrived(RelayPeer peer, RelayEntry entry) {
        Announced granted = arriving.remove(peer);
        if (granted == null || granted.bytes() != entry.largeBytes()) {
            throw new IllegalStateException("invariant violated: a batch in parts differs from its granted size");
        }
    }

    /** Gives back what the entry holds. */
    void release(RelayEntry entry) {
        int held = entry.largeBytes();
        if (held > 0) {
            entry.largeBytes(0);
            memory.release(held);
            grantWhatFits();
        }
    }

    int waiting() {
        return waiting.size();
    }

    private void grantWhatFits() {
        for (Announced first = waiting.peek(); first != null && reserve(first.bytes()); first = waiting.peek()) {
            waiting.remove();
            arriving.put(first.peer(), first);
            first.peer().session().grant(first.number());
        }
    }

    private boolean reserve(int bytes) {
        if (memory.tryReserve(bytes)) {
            return true;
        }
        if (memory.usedBytes() > 0) {
            return false;
        }
        boolean unused = memory.reserve(bytes);
        return true;
    }
}
