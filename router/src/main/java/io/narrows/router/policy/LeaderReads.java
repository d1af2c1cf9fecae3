package io.narrows.router.policy;

import io.narrows.relay.pointer.WalObjectId;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A breaker per leader in front of pointers: objects in a row that a leader could not read open it, and batches for that
 * leader go as bytes while those for others are staged. After a pause the batches of one window probe the leader. Owned by
 * the router's loop; time is passed in.
 */
public final class LeaderReads {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderReads.class);

    private final StoreCircuitBreaker.Settings settings;
    private final Map<Integer, Leader> troubled = new HashMap<>();

    /** {@code object} that was unreadable last; many batches of one object are one failure. */
    private static final class Leader {
        private int failures;
        private long pauseNanos;
        private long openUntil;
        private @Nullable WalObjectId object;
    }

    public LeaderReads(StoreCircuitBreaker.Settings settings) {
        this.settings = settings;
    }

    /** Whether a pointer may be sent to the leader: its breaker is closed, or it is time for a probe. */
    public boolean admits(int leaderId, long now) {
        Leader leader = troubled.get(leaderId);
        return leader == null || !isOpen(leader) || now - leader.openUntil >= 0;
    }

    public boolean isOpen(int leaderId) {
        Leader leader = troubled.get(leaderId);
        return leader != null && isOpen(leader);
    }

    /** A window with batches for the leader is staged; if it is a probe, the next one is due after another pause. */
    public void onStaged(int leaderId, long now) {
        Leader leader = troubled.get(leaderId);
        if (leader != null && isOpen(leader)) {
            leader.openUntil = now + leader.pauseNanos;
        }
    }

    /** The leader appended a batch that it had as a pointer. */
    public void onRead(int leaderId) {
        Leader leader = troubled.remove(leaderId);
        if (leader != null && isOpen(leader)) {
            LOG.atInfo().addKeyValue("leader", leaderId).log("Leader can read objects again, staging its batches");
        }
    }

    public void onUnreadable(int leaderId, WalObjectId object, long now) {
        Leader leader = troubled.computeIfAbsent(leaderId, unknown -> new Leader());
        if (object.equals(leader.object)) {
            return;
        }
        leader.object = object;
        leader.failures++;
        if (leader.failures == settings.failureThreshold()) {
            leader.pauseNanos = settings.minPauseNanos();
            LOG.atWarn()
                    .addKeyValue("leader", leaderId)
                    .addKeyValue("object", object)
                    .addKeyValue("objectsInARow", leader.failures)
                    .log(
                            "Leader cannot read objects, sending its batches inline. Check the object store at that broker");
        } else if (isOpen(leader)) {
            leader.pauseNanos = Math.min(settings.maxPauseNanos(), leader.pauseNanos * 2);
        }
        leader.openUntil = now + leader.pauseNanos;
    }

    /** Brokers that are gone need no memory. */
    public void forgetAllBut(Set<Integer> brokers) {
        troubled.keySet().retainAll(brokers);
    }

    private boolean isOpen(Leader leader) {
        return leader.failures >= settings.failureThreshold();
    }
}
