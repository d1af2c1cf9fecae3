package io.narrows.broker.repair;

import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.broker.read.SkippedLinks;
import io.narrows.broker.repair.SkipBucket.Stored;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.pointer.Pointer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The links to skip, as stored in the bucket: read when the broker starts and whenever the records' version changes. Until it
 * has been read, and while the bucket does not answer, no further link is skipped, so readers of lost data get retriable errors as
 * before. Owned by the loop; asked by any thread.
 */
public final class SkipList implements SkippedLinks, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SkipList.class);

    private final SkipBucket bucket;
    private final Loop loop;
    private final Settings settings;
    private final BrokerMetrics metrics;

    private volatile Set<Pointer> skipped = Set.of();

    // Owned by the loop.
    private Map<String, SkipRecord> records = Map.of();
    private Optional<String> version = Optional.empty();
    private boolean known;
    private boolean failing;
    private boolean closed;

    /** How often to look for news, and numbers that were not used before. */
    public record Settings(long pollNanos, LongSupplier versions) {}

    public SkipList(SkipBucket bucket, Loop loop, Settings settings, BrokerMetrics metrics) {
        this.bucket = bucket;
        this.loop = loop;
        this.settings = settings;
        this.metrics = metrics;
    }

    @Override
    public boolean contain(Pointer pointer) {
        Set<Pointer> now = skipped;
        return !now.isEmpty() && now.contains(pointer);
    }

    public void start() {
        loop.execute(this::poll);
    }

    @Override
    public void close() {
        loop.execute(() -> closed = true);
    }

    private void poll() {
        if (closed) {
            return;
        }
        // The version first: records that change after it was read have another one.
        CompletableFuture<Optional<String>> unused = bucket.version()
                .whenComplete((now, failure) -> loop.execute(() -> {
                    if (failure == null) {
                        versionRead(now);
                    } else {
                        polled(failure);
                    }
                }));
    }

    private void versionRead(Optional<String> now) {
        if (known && now.equals(version)) {
            polled(null);
            return;
        }
        if (now.isEmpty()) {
            // So that reading the version does not fail every time. Other brokers see a change, which costs a listing.
            CompletableFuture<Void> unusedWrite =
                    bucket.writeVersion(settings.versions().getAsLong()).exceptionally(ignored -> null);
        }
        CompletableFuture<List<Stored>> unused = bucket.records()
                .whenComplete((read, readFailure) -> loop.execute(() -> {
                    if (readFailure == null) {
                        apply(now, read);
                    }
                    polled(readFailure);
                }));
    }

    private void polled(@Nullable Throwable failure) {
        if (failure != null && !failing) {
            LOG.atWarn().setCause(failure).log("Could not read skip records; will retry");
        }
        failing = failure != null;
        if (!closed) {
            Loop.Timer unused = loop.schedule(settings.pollNanos(), this::poll);
        }
    }

    private void apply(Optional<String> now, List<Stored> read) {
        Map<String, SkipRecord> found = new HashMap<>();
        Set<Pointer> pointers = new HashSet<>();
        for (Stored stored : read) {
            SkipRecord skip = stored.skip().orElse(null);
            if (skip == null) {
                LOG.atError()
                        .addKeyValue("key", stored.key())
                        .addKeyValue("reason", stored.failure())
                        .log("Ignored a corrupt skip record: its batches are not skipped. Run narrows repair again.");
            } else if (pointers.size() + skip.batches().size() > SkipBucket.MAX_BATCHES) {
                LOG.atError()
                        .addKeyValue("key", stored.key())
                        .addKeyValue("limit", SkipBucket.MAX_BATCHES)
                        .log(
                                "Ignored a skip record: the number of skipped batches is above the limit. Withdraw records of "
                                        + "deleted offsets.");
            } else {
                found.put(skip.id(), skip);
                skip.batches().forEach(batch -> pointers.add(batch.pointer()));
            }
        }
        audit(found);
        metrics.skippedBatches(pointers.size() - skipped.size());
        skipped = Set.copyOf(pointers);
        records = found;
        known = true;
        version = now;
    }

    /** What readers of this broker no longer get, and since when, is in its log. */
    private void audit(Map<String, SkipRecord> found) {
        found.forEach((id, skip) -> {
            if (!records.containsKey(id)) {
                LOG.atWarn()
                        .addKeyValue("id", id)
                        .addKeyValue("operator", skip.decision().operator())
                        .addKeyValue("reason", skip.decision().why())
                        .addKeyValue("atMs", skip.decision().atMs())
                        .addKeyValue("batches", skip.batches().size())
                        .addKeyValue("records", skip.records())
                        .log("Applied a skip record of narrows repair: its lost batches are skipped");
                skip.batches()
                        .forEach(batch -> LOG.atWarn()
                                .addKeyValue(
                                        "partition",
                                        batch.place().topic() + "-"
                                                + batch.place().partition())
                                .addKeyValue("baseOffset", batch.place().baseOffset())
                                .addKeyValue("lastOffset", batch.place().lastOffset())
                                .addKeyValue("records", batch.content().records())
                                .addKeyValue("object", batch.pointer().object().key())
                                .addKeyValue("found", batch.reason())
                                .log("Skipping a lost batch"));
            }
        });
        records.forEach((id, skip) -> {
            if (!found.containsKey(id)) {
                LOG.atWarn()
                        .addKeyValue("id", id)
                        .addKeyValue("batches", skip.batches().size())
                        .log("Withdrew a skip record: its batches are no longer skipped");
            }
        });
    }
}
