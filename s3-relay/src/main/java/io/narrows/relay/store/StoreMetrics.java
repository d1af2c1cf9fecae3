package io.narrows.relay.store;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import io.narrows.relay.metrics.MetricRule;
import io.narrows.relay.store.ObjectStoreException.Kind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Counts what an object store does, under {@code <prefix>.<operation>}: latency (nanoseconds, with the number of
 * operations), failures by kind, attempts sent (retries included), retries, hedges, and bytes. May be used from any thread.
 */
public final class StoreMetrics {
    private final Map<StoreOperation, Timer> latencies = new EnumMap<>(StoreOperation.class);
    private final Map<StoreOperation, Counter> attempts = new EnumMap<>(StoreOperation.class);
    private final Map<StoreOperation, Counter> retries = new EnumMap<>(StoreOperation.class);
    private final Map<Kind, Counter> failures = new EnumMap<>(Kind.class);
    private final Meter bytesPut;
    private final Meter bytesGot;
    private final Counter hedges;
    private final Counter hedgesWon;
    private final Counter hedgesDenied;

    /** Registers its metrics below {@code prefix}, for example {@code store}; one prefix per store and registry. */
    public StoreMetrics(MetricRegistry registry, String prefix) {
        for (StoreOperation operation : StoreOperation.values()) {
            String name = MetricRegistry.name(prefix, operation.label());
            latencies.put(operation, registry.timer(MetricRegistry.name(name, "latency")));
            attempts.put(operation, registry.counter(MetricRegistry.name(name, "attempts")));
            retries.put(operation, registry.counter(MetricRegistry.name(prefix, "retries", operation.label())));
        }
        for (Kind kind : Kind.values()) {
            failures.put(kind, registry.counter(MetricRegistry.name(prefix, "failures", kind.label())));
        }
        bytesPut = registry.meter(MetricRegistry.name(prefix, "put", "bytes"));
        bytesGot = registry.meter(MetricRegistry.name(prefix, "get", "bytes"));
        hedges = registry.counter(MetricRegistry.name(prefix, "hedges", "sent"));
        hedgesWon = registry.counter(MetricRegistry.name(prefix, "hedges", "won"));
        hedgesDenied = registry.counter(MetricRegistry.name(prefix, "hedges", "denied"));
    }

    /** How the metrics below {@code prefix} appear to Prometheus, as {@code s3}, with these labels. */
    public static List<MetricRule> rules(String prefix, Map<String, String> labels) {
        List<MetricRule> rules = new ArrayList<>(List.of(
                MetricRule.of("put.bytes", MetricRule.Kind.COUNTER, "Bytes uploaded."),
                MetricRule.of("get.bytes", MetricRule.Kind.COUNTER, "Bytes downloaded."),
                MetricRule.of(
                        "failures",
                        MetricRule.Kind.COUNTER,
                        "Failed operations of the object store, by kind: denied, throttled, unavailable,"
                                + " missing, invalid, corrupt, and conflict (a condition of a PUT was false, as"
                                + " when brokers start concurrently).",
                        "kind"),
                MetricRule.of(
                        "retries",
                        MetricRule.Kind.COUNTER,
                        "Requests sent again after a failed attempt; attempts include them.",
                        "operation"),
                MetricRule.of(
                        "hedges",
                        MetricRule.Kind.COUNTER,
                        "Hedged requests: sent after a slow first request, won, or denied by the budget.",
                        "event")));
        for (StoreOperation operation : StoreOperation.values()) {
            String label = operation.label();
            rules.add(MetricRule.of(
                    label + ".latency",
                    MetricRule.Kind.TIME,
                    "Latency of object store operations (" + label + "), with their retries."));
            rules.add(MetricRule.of(
                    label + ".attempts",
                    MetricRule.Kind.COUNTER,
                    "Requests sent to the object store (" + label + ")."));
        }
        return rules.stream()
                .map(rule -> rule.in(prefix).shownAs("s3." + rule.source(), labels))
                .toList();
    }

    /** Operations that ended, also as failures. */
    public long operations(StoreOperation operation) {
        Timer timer = latencies.get(operation);
        return timer == null ? 0 : timer.getCount();
    }

    /** Requests sent to the store for the operation, retries included. */
    public long attempts(StoreOperation operation) {
        Counter counter = attempts.get(operation);
        return counter == null ? 0 : counter.getCount();
    }

    /** Requests of the operation that were sent again after a failed attempt. */
    public long retries(StoreOperation operation) {
        Counter counter = retries.get(operation);
        return counter == null ? 0 : counter.getCount();
    }

    public long failures(Kind kind) {
        Counter counter = failures.get(kind);
        return counter == null ? 0 : counter.getCount();
    }

    /** Failures that are about the store or the way to it, not about one object. */
    long failuresOfTheStore() {
        return failures(Kind.UNAVAILABLE) + failures(Kind.THROTTLED) + failures(Kind.DENIED) + failures(Kind.INVALID);
    }

    public long bytesPut() {
        return bytesPut.getCount();
    }

    public long bytesGot() {
        return bytesGot.getCount();
    }

    public long hedgesSent() {
        return hedges.getCount();
    }

    public long hedgesWon() {
        return hedgesWon.getCount();
    }

    /** Requests slow enough for a hedge while the budget was used up. */
    public long hedgesDenied() {
        return hedgesDenied.getCount();
    }

    /** Times an operation until its future ends. Returns the same future. */
    <T extends @Nullable Object> CompletableFuture<T> timed(StoreOperation operation, CompletableFuture<T> future) {
        Timer timer = latencies.get(operation);
        if (timer == null) {
            return future;
        }
        Timer.Context context = timer.time();
        return future.whenComplete((value, failure) -> {
            long unused = context.stop();
            if (failure != null) {
                failed(failure);
            }
        });
    }

    void attempt(StoreOperation operation) {
        Counter counter = attempts.get(operation);
        if (counter != null) {
            counter.inc();
        }
    }

    void retry(StoreOperation operation) {
        Counter counter = retries.get(operation);
        if (counter != null) {
            counter.inc();
        }
    }

    void put(int bytes) {
        bytesPut.mark(bytes);
    }

    void got(int bytes) {
        bytesGot.mark(bytes);
    }

    void hedged() {
        hedges.inc();
    }

    void hedgeWon() {
        hedgesWon.inc();
    }

    void hedgeDenied() {
        hedgesDenied.inc();
    }

    private void failed(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        Kind kind = cause instanceof ObjectStoreException typed ? typed.kind() : Kind.UNAVAILABLE;
        Counter counter = failures.get(kind);
        if (counter != null) {
            counter.inc();
        }
    }
}
