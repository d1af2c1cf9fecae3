package io.narrows.relay.store;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.AcquireInitialTokenRequest;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.retries.api.RecordSuccessRequest;
import software.amazon.awssdk.retries.api.RefreshRetryTokenRequest;
import software.amazon.awssdk.retries.api.RetryToken;
import software.amazon.awssdk.retries.api.TokenAcquisitionFailedException;

/**
 * Sends a request again, later, when the store answered that it has too much to do. The SDK's strategy says whether and
 * when: exponential backoff with jitter, and a budget that all requests share, so a store that throttles gets hardly more
 * requests than without retries. Thread-safe.
 */
final class ThrottledRetries {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LAST_PAUSE = Duration.ofSeconds(1);

    private final StandardRetryStrategy strategy;
    private final LongSupplier nanoTime;
    private final long lastStartNanos;
    private final Function<Duration, Executor> later;

    /**
     * @param lastStart no attempt starts later than this after the first one
     * @param later gives an executor that waits for this long before it runs a task
     */
    ThrottledRetries(int maxAttempts, Duration lastStart, LongSupplier nanoTime, Function<Duration, Executor> later) {
        this.lastStartNanos = lastStart.toNanos();
        this.nanoTime = nanoTime;
        this.later = later;
        this.strategy = StandardRetryStrategy.builder()
                .maxAttempts(maxAttempts)
                .retryOnException(ThrottledRetries::isThrottling)
                .treatAsThrottling(ThrottledRetries::isThrottling)
                .backoffStrategy(BackoffStrategy.exponentialDelay(FIRST_PAUSE, LAST_PAUSE))
                .throttlingBackoffStrategy(BackoffStrategy.exponentialDelay(FIRST_PAUSE, LAST_PAUSE))
                .build();
    }

    /** One attempt of a request, the first or a later one. */
    interface Attempt<T> {
        CompletableFuture<T> send(Turn turn);
    }

    /** Whether the request has been sent before. */
    enum Turn {
        FIRST,
        AGAIN
    }

    private record Call<T>(Attempt<T> attempt, long startedNanos) {}

    <T> CompletableFuture<T> run(Attempt<T> attempt) {
        RetryToken token = strategy.acquireInitialToken(AcquireInitialTokenRequest.create("s3"))
                .token();
        return run(new Call<>(attempt, nanoTime.getAsLong()), token, Turn.FIRST);
    }

    private <T> CompletableFuture<T> run(Call<T> call, RetryToken token, Turn turn) {
        return call.attempt()
                .send(turn)
                .whenComplete((value, failure) -> {
                    if (failure == null) {
                        var unused = strategy.recordSuccess(RecordSuccessRequest.create(token));
                    }
                })
                .exceptionallyCompose(failure -> {
                    Throwable cause = failure instanceof CompletionException && failure.getCause() != null
                            ? failure.getCause()
                            : failure;
                    return isThrottling(cause) ? again(call, token, cause) : CompletableFuture.failedFuture(cause);
                });
    }

    private <T> CompletableFuture<T> again(Call<T> call, RetryToken token, Throwable cause) {
        try {
            var next = strategy.refreshRetryToken(RefreshRetryTokenRequest.builder()
                    .token(token)
                    .failure(cause)
                    .build());
            long elapsed = nanoTime.getAsLong() - call.startedNanos();
            if (elapsed + next.delay().toNanos() > lastStartNanos) {
                return CompletableFuture.failedFuture(cause);
            }
            return CompletableFuture.supplyAsync(next::token, later.apply(next.delay()))
                    .thenCompose(renewed -> run(call, renewed, Turn.AGAIN));
        } catch (TokenAcquisitionFailedException e) {
            return CompletableFuture.failedFuture(cause);
        }
    }

    /** What says "later" rather than "no": the direct way makes such failures of 429 and 5xx only. */
    private static boolean isThrottling(Throwable failure) {
        return failure instanceof ObjectStoreException typed
                && (typed.kind() == ObjectStoreException.Kind.THROTTLED
                        || typed.kind() == ObjectStoreException.Kind.UNAVAILABLE);
    }
}
