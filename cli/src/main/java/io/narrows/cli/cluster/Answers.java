package io.narrows.cli.cluster;

import io.narrows.relay.SuppressForbidden;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaFuture;

/** Waits for what a cluster answers to an administrator. */
public final class Answers {
    private Answers() {}

    /** {@code advice} is appended to the message when the cluster refused; it may be empty. */
    @SuppressForbidden("a command's main thread waits for its cluster")
    public static <T> T await(KafkaFuture<T> future, Duration atMost, String advice) {
        try {
            return future.get(atMost.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the cluster refused: " + e.getMessage() + advice, e);
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "deadline exceeded: the cluster did not respond in " + atMost.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
