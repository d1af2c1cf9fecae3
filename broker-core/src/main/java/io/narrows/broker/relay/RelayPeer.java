package io.narrows.broker.relay;

import io.narrows.broker.relay.LeaderLanes.LaneKey;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.rpc.RelaySession;
import io.narrows.relay.rpc.RelaySession.ReadMode;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A proxy's connection as the relay sees it. Request ids and the decision to pause belong to the connection's event
 * loop; reading goes on from whichever thread frees memory.
 */
final class RelayPeer {
    private final RelaySession session;
    private final String writer;
    private final long incarnation;
    private final long admission;
    private final AtomicBoolean paused = new AtomicBoolean();
    private MemoryBudget.@Nullable Waiter waiter;
    private long lastRequestId = -1;

    RelayPeer(RelaySession session, String writer, long incarnation, long admission) {
        this.session = session;
        this.admission = admission;
        this.writer = writer;
        this.incarnation = incarnation;
    }

    RelaySession session() {
        return session;
    }

    /** Whether it was accepted before the other one; event loops may report connections in another order. */
    boolean isOlderThan(RelayPeer other) {
        return admission < other.admission;
    }

    String writer() {
        return writer;
    }

    LaneKey lane(long laneId) {
        return new LaneKey(writer, incarnation, laneId);
    }

    /** Request ids grow per connection; one that does not is a bug or a replay. */
    boolean accepts(long requestId) {
        if (requestId <= lastRequestId) {
            return false;
        }
        lastRequestId = requestId;
        return true;
    }

    /** Stops reading until the budget has room again. */
    void pauseUntilRelief(MemoryBudget budget) {
        if (paused.compareAndSet(false, true)) {
            session.reading(ReadMode.PAUSED);
            waiter = budget.onRelief(() -> {
                paused.set(false);
                session.reading(ReadMode.FLOWING);
            });
        }
    }

    void closed() {
        if (waiter != null) {
            waiter.cancel();
        }
    }
}
