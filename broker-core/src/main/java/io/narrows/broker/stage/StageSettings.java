package io.narrows.broker.stage;

import io.narrows.broker.config.BrokerSettings.LinkMode;
import io.narrows.relay.Checks;
import io.narrows.relay.price.BreakEven;
import io.narrows.relay.price.PriceBook;
import java.util.concurrent.TimeUnit;

/**
 * How the leader stages.
 *
 * @param minBatchBytes smaller batches stay inline: their link would not be much smaller
 * @param window when a window of batches is written
 * @param timeoutMs after which a batch that is not in S3 is appended inline; half the client's own limit if that is less
 * @param memoryBytes bound of the bytes that wait for S3; batches beyond it are appended inline immediately
 */
public record StageSettings(
        LinkMode mode, int minBatchBytes, Window window, int timeoutMs, long memoryBytes, PriceBook prices) {
    /** Zones other than the leader's in which an object is read once: those of the followers, with three zones. */
    private static final int READING_ZONES = 2;

    /** A window is written when it has {@code sizeBytes} or is {@code lingerMs} old. */
    public record Window(long sizeBytes, int lingerMs) {
        public Window {
            Checks.argument(sizeBytes > 0 && lingerMs > 0, "the size and linger of a flush window must be > 0");
        }

        long lingerNanos() {
            return TimeUnit.MILLISECONDS.toNanos(lingerMs);
        }
    }

    public StageSettings {
        Checks.argument(timeoutMs > 0 && memoryBytes > 0, "the timeout and memory of staging must be > 0");
    }

    /** Bytes times the followers in other zones from which on a window is worth its requests. */
    long breakEvenHopBytes() {
        return new BreakEven(prices, READING_ZONES).hopBytes();
    }
}
