package io.narrows.router.produce;

import io.narrows.relay.Checks;
import io.narrows.relay.price.PriceBook;
import io.narrows.relay.wal.FlushWindow;
import io.narrows.router.policy.PathMode;
import io.narrows.router.policy.PathPolicy;
import io.narrows.router.policy.StoreCircuitBreaker;
import java.util.concurrent.TimeUnit;

/** Settings of the produce path. Immutable. */
public record RouterConfig(
        Identity identity,
        PathPolicy.Settings path,
        StoreCircuitBreaker.Settings health,
        FlushWindow.Limits window,
        Limits limits) {
    /**
     * Held for this long, a window of a zone at 10 MB/s has more than 1 MiB, and the median of the acknowledgement is
     * half of it plus PUT and GET: below 140 ms where these take 60 and 20 ms.
     */
    public static final long DEFAULT_LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(110);

    public static final int DEFAULT_FLUSH_BYTES = 4 << 20;

    /** Longer than producers need from an answer to their next request; far shorter than the linger it spares them. */
    public static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(8);

    /** Share of the cost of windows that batches of low-rate clients may add. */
    public static final double DEFAULT_BYPASS_SHARE = 0.04;

    public static final PathPolicy.Usage DEFAULT_USAGE = new PathPolicy.Usage(3, PathPolicy.Usage.ALL_ZONES);

    /** Who this proxy is for leaders: zone, writer id, the incarnation of this start, name and version of the software. */
    public record Identity(String zone, String writer, long incarnation, String software) {}

    /**
     * @param requestTimeoutNanos no entry waits longer, independently of its request
     * @param deadlineMarginNanos what is added to a request's {@code timeout.ms}, so that the leader's own timeout
     *     answer arrives
     * @param laneMaxInFlight sent and unanswered entries of a lane; what a leader remembers per producer
     * @param stallNanos a connection that owes an answer for so long beyond the request's time limit is closed
     * @param frameBytes a frame is sent when it has reached this size
     */
    public record Limits(
            long requestTimeoutNanos, long deadlineMarginNanos, int laneMaxInFlight, long stallNanos, int frameBytes) {
        public static final Limits DEFAULT = new Limits(
                TimeUnit.SECONDS.toNanos(30),
                TimeUnit.MILLISECONDS.toNanos(500),
                5,
                TimeUnit.SECONDS.toNanos(5),
                4 << 20);

        public Limits {
            Checks.argument(
                    requestTimeoutNanos > 0 && deadlineMarginNanos >= 0,
                    "request timeout must be > 0 and deadline margin >= 0");
            Checks.argument(
                    laneMaxInFlight > 0 && frameBytes > 0 && stallNanos > 0,
                    "batches in flight, frame bytes and stall time must be > 0");
        }

        /** When an entry of a request received at {@code now} must have ended. */
        long deadline(long now, int timeoutMs) {
            long asked = TimeUnit.MILLISECONDS.toNanos(Math.max(0, timeoutMs)) + deadlineMarginNanos;
            return now + Math.min(requestTimeoutNanos, asked);
        }

        /** When the leader owes the answer to a frame sent at {@code now}; its own time limit counts from the receipt. */
        long answerBy(long now, int timeoutMs) {
            return deadline(now, timeoutMs) + stallNanos;
        }
    }

    /** The window's bounds with the mode's patience for a writer that is not ready. */
    FlushWindow.Limits windowForMode() {
        return new FlushWindow.Limits(
                window.sizeBytes(),
                window.maxBytes(),
                window.maxItems(),
                window.maxWaitNanos() * path.mode().patience(),
                window.quietNanos());
    }

    /** What {@code proxy.properties} has when it says nothing else. */
    public static RouterConfig defaults(Identity identity, PathMode mode, PriceBook prices) {
        return new RouterConfig(
                identity,
                new PathPolicy.Settings(
                        mode, prices, identity.zone(), DEFAULT_USAGE, DEFAULT_LINGER_NANOS, DEFAULT_BYPASS_SHARE),
                new StoreCircuitBreaker.Settings(
                        TimeUnit.SECONDS.toNanos(1), 3, TimeUnit.SECONDS.toNanos(1), TimeUnit.SECONDS.toNanos(30)),
                new FlushWindow.Limits(
                        DEFAULT_FLUSH_BYTES,
                        4L * DEFAULT_FLUSH_BYTES,
                        16_384,
                        TimeUnit.MILLISECONDS.toNanos(500),
                        QUIET_NANOS),
                Limits.DEFAULT);
    }
}
