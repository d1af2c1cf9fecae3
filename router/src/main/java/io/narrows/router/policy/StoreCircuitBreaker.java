package io.narrows.router.policy;

import io.narrows.relay.Checks;

/**
 * A breaker in front of the object store: failures in a row, or PUTs slower than the latency bound, open it, and windows
 * go DIRECT. After a pause one real window probes the store. Owned by the router's loop; time is passed in.
 *
 * <pre>
 *            threshold failures in a row              pause over: one window
 *   CLOSED --------------------------------> OPEN ----------------------------> PROBING
 *     ^                                        ^     failure: pause doubles        |
 *     |                                        +-----------------------------------+
 *     +----------------------------------------------------------------------------+ success
 * </pre>
 */
public final class StoreCircuitBreaker {
    /** For metrics and the status page. */
    public enum Status {
        CLOSED,
        OPEN,
        PROBING
    }

    /**
     * @param latencyBoundNanos a PUT that takes longer is a failure
     * @param failureThreshold failures in a row that open the breaker
     * @param minPauseNanos first pause; it doubles with every failed probe
     */
    public record Settings(long latencyBoundNanos, int failureThreshold, long minPauseNanos, long maxPauseNanos) {
        public Settings {
            Checks.argument(
                    latencyBoundNanos > 0,
                    "latency bound of the object store must be > 0 ns, got " + latencyBoundNanos);
            Checks.argument(failureThreshold > 0, "failure threshold must be > 0, got " + failureThreshold);
            Checks.argument(
                    0 < minPauseNanos && minPauseNanos <= maxPauseNanos, "pauses must be > 0 with minimum <= maximum");
        }

        /** The same with the mode's patience. */
        public Settings forMode(PathMode mode) {
            return new Settings(latencyBoundNanos * mode.patience(), failureThreshold, minPauseNanos, maxPauseNanos);
        }
    }

    private sealed interface State {
        Status status();
    }

    private record Closed(int failuresInARow) implements State {
        @Override
        public Status status() {
            return Status.CLOSED;
        }
    }

    private record Open(long until, long pauseNanos) implements State {
        @Override
        public Status status() {
            return Status.OPEN;
        }
    }

    private record Probing(long pauseNanos) implements State {
        @Override
        public Status status() {
            return Status.PROBING;
        }
    }

    private static final State HEALTHY = new Closed(0);

    private final Settings settings;
    private State state = HEALTHY;

    public StoreCircuitBreaker(Settings settings) {
        this.settings = settings;
    }

    public Status status() {
        return state.status();
    }

    public long latencyBoundNanos() {
        return settings.latencyBoundNanos();
    }

    /** Whether a window may be staged now: the breaker is closed, or it is time for a probe. */
    public boolean admits(long now) {
        return state instanceof Closed || (state instanceof Open open && now - open.until() >= 0);
    }

    /** Whether a window that is staged now is the probe. */
    boolean wouldProbe(long now) {
        return state instanceof Open && admits(now);
    }

    /** A PUT begins. */
    public void onStart() {
        if (state instanceof Open open) {
            state = new Probing(open.pauseNanos());
        }
    }

    /** A PUT that began {@code tookNanos} ago is durable. */
    public void onSuccess(long tookNanos, long now) {
        if (tookNanos > settings.latencyBoundNanos()) {
            onFailure(now);
        } else if (!(state instanceof Open)) {
            state = HEALTHY;
        }
    }

    /** A PUT failed or exceeded the bound, or a leader could not read an object. */
    public void onFailure(long now) {
        if (state instanceof Closed closed) {
            int failures = closed.failuresInARow() + 1;
            state = failures < settings.failureThreshold()
                    ? new Closed(failures)
                    : new Open(now + settings.minPauseNanos(), settings.minPauseNanos());
        } else if (state instanceof Probing probing) {
            long pause = Math.min(settings.maxPauseNanos(), probing.pauseNanos() * 2);
            state = new Open(now + pause, pause);
        }
    }
}
