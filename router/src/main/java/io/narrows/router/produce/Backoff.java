package io.narrows.router.produce;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** Growing pauses with jitter: 50 ms, doubled per attempt, at most one second, up to a fifth more or less. */
final class Backoff {
    private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int MAX_DOUBLINGS = 4;
    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RandomGenerator random;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** The pause before the given attempt: none before the first. */
    long beforeAttempt(int attempt) {
        if (attempt <= 0) {
            return 0;
        }
        long pause = Math.min(MAX_NANOS, FIRST_NANOS << Math.min(MAX_DOUBLINGS + 1, attempt - 1));
        return (long) (pause * (0.8 + 0.4 * random.nextDouble()));
    }
}
