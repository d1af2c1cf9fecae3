package io.narrows.relay.wal;

import io.narrows.relay.Checks;

/**
 * Bounds of a {@link PipelinedWalWriter}.
 *
 * @param maxPutsInFlight PUTs at the same time
 * @param maxPutsPerSecond ceiling of the request bill; a PUT every 250 ms is 52 $ a month
 * @param putBurst PUTs that may be sent together after a pause
 * @param maxQueued windows that may wait for their PUT; more fail immediately
 * @param putDeadlineNanos from {@link WalWriter#write} until it fails, whatever the store does
 */
public record WalWriterLimits(
        int maxPutsInFlight, double maxPutsPerSecond, int putBurst, int maxQueued, long putDeadlineNanos) {
    public WalWriterLimits {
        Checks.argument(
                maxPutsInFlight > 0 && putBurst > 0 && maxQueued >= 0,
                "PUTs in flight and burst must be > 0, queued windows >= 0");
        Checks.argument(maxPutsPerSecond > 0, "PUTs per second must be > 0, got " + maxPutsPerSecond);
        Checks.argument(putDeadlineNanos > 0, "deadline of a PUT must be > 0 ns, got " + putDeadlineNanos);
    }
}
