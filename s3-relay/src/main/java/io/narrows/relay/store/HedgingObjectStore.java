package io.narrows.relay.store;

import io.narrows.relay.Checks;
import io.narrows.relay.loop.Loop;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends a PUT or a GET a second time when it takes longer than almost all recent ones did, and answers with whichever
 * copy succeeds first: what is slow is usually one request, connection or server, not the store. The extra requests are
 * budgeted, so a store that is slow as a whole gets hardly more load. A conditional PUT is never sent twice: the second copy
 * would find the first. The loop owns all state; futures complete there, and any thread may call. Owns the store behind it.
 */
public final class HedgingObjectStore extends ForwardingObjectStore {
    private final ObjectStore delegate;
    private final Loop loop;
    private final StoreMetrics metrics;
    private final Policy policy;

    // Owned by the loop.
    private final HedgeBudget budget;
    private final RecentLatency putLatency;
    private final RecentLatency getLatency;

    public HedgingObjectStore(ObjectStore delegate, Loop loop, StoreMetrics metrics, Policy policy) {
        super(delegate);
        this.delegate = delegate;
        this.loop = loop;
        this.metrics = metrics;
        this.policy = policy;
        this.budget = new HedgeBudget(policy.maxShare(), policy.burst());
        this.putLatency = new RecentLatency();
        this.getLatency = new RecentLatency();
    }

    @Override
    public CompletableFuture<Void> put(String key, ByteBuf body) {
        Hedged<Void> hedged = new Hedged<>(putLatency) {
            @Override
            CompletableFuture<Void> send() {
                return delegate.put(key, body.retainedDuplicate());
            }

            @Override
            void drop(Void result) {}

            @Override
            void settled() {
                boolean unused = body.release();
            }
        };
        onLoop(hedged::start);
        return hedged.answer;
    }

    @Override
    public CompletableFuture<ByteBuf> get(String key, long position, int length) {
        Hedged<ByteBuf> hedged = new Hedged<>(getLatency) {
            @Override
            CompletableFuture<ByteBuf> send() {
                return delegate.get(key, position, length);
            }

            @Override
            void drop(ByteBuf result) {
                boolean unused = result.release();
            }

            @Override
            void settled() {}
        };
        onLoop(hedged::start);
        return hedged.answer;
    }

    private void onLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The loop has ended, so no other thread touches the state; operations in flight must still end.
            task.run();
        }
    }

    /**
     * When a hedge is sent: after the 99th percentile of recent requests, but not before {@code minDelayNanos}, and not
     * before there were enough requests to know it.
     *
     * @param maxShare hedges per request in the long run, for example 0.05
     * @param burst hedges that may be sent together after a quiet time
     */
    public record Policy(double maxShare, int burst, long minDelayNanos) {
        public static final Policy DEFAULT = new Policy(0.05, 4, 20_000_000L);

        public Policy {
            Checks.argument(maxShare > 0 && maxShare <= 1, "share of hedges must be > 0 and <= 1, got " + maxShare);
            Checks.argument(burst >= 1, "burst of hedges must be >= 1, got " + burst);
        }
    }

    /** One operation with up to two requests in flight. Lives on the loop. */
    private abstract class Hedged<T extends @Nullable Object> {
        private final CompletableFuture<T> answer = new CompletableFuture<>();
        private final RecentLatency latency;
        private long startedNanos;
        private int underWay;
        private boolean answered;
        private Loop.@Nullable Timer timer;

        Hedged(RecentLatency latency) {
            this.latency = latency;
        }

        abstract CompletableFuture<T> send();

        /** Frees the result of the copy that came too late. */
        abstract void drop(T result);

        /** No copy will be sent any more. */
        abstract void settled();

        void start() {
            startedNanos = loop.nanoTime();
            budget.request();
            long percentile = latency.percentile99Nanos();
            if (percentile >= 0 && loop.inLoop()) {
                timer = loop.schedule(Math.max(percentile, policy.minDelayNanos()), this::hedge);
            }
            copy(this::send, false);
        }

        private void hedge() {
            timer = null;
            if (answered) {
                return;
            }
            if (budget.tryHedge()) {
                metrics.hedged();
                copy(this::send, true);
            } else {
                metrics.hedgeDenied();
            }
        }

        private void copy(Supplier<CompletableFuture<T>> request, boolean second) {
            underWay++;
            CompletableFuture<T> unused =
                    request.get().whenComplete((result, failure) -> onLoop(() -> ended(result, failure, second)));
        }

        private void ended(T result, @Nullable Throwable failure, boolean second) {
            underWay--;
            if (failure == null) {
                if (answered) {
                    drop(result);
                    return;
                }
                if (second) {
                    metrics.hedgeWon();
                }
                latency.record(loop.nanoTime() - startedNanos);
                settle();
                answer.complete(result);
            } else if (underWay == 0 && !answered) {
                // The store has its own retries: a failure is final, and hedging it would only repeat them.
                settle();
                answer.completeExceptionally(failure);
            }
        }

        private void settle() {
            answered = true;
            if (timer != null) {
                timer.cancel();
                timer = null;
            }
            settled();
        }
    }
}
