package io.narrows.broker.metrics;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.MetricRegistry;

/** The counters of one broker's hybrid log, on the broker's registry. Thread-safe. */
public final class BrokerMetrics {
    /** Prefix of all names. */
    public static final String PREFIX = "narrows.broker.";

    private final MetricRegistry registry;
    private final Counter linkBatches;
    private final Counter linkBytes;
    private final Counter bytesBehindLinks;
    private final Counter inlineBatches;
    private final Counter inlineBytes;
    private final Counter stagedMismatches;
    private final Counter stagedNotTaken;
    private final Counter stagedTooLate;
    private final Counter replicatedLinks;
    private final Counter prefetches;
    private final Counter readsFromCache;
    private final Counter readsFromStore;
    private final Counter readFailures;
    private final Counter readsWaitingForMemory;
    private final Counter readsWaitingForTurn;
    private final Counter corruptLinks;
    private final Counter answerBytes;
    private final Counter answersAbandoned;
    private final Counter answersDropped;
    private final Counter skippedRecords;
    private final Counter skippedBatches;
    private final Counter segmentsReadAtLoad;
    private final Counter segmentsNotReadAtLoad;
    private final Histogram resolveMs;

    public BrokerMetrics(MetricRegistry registry) {
        this.registry = registry;
        linkBatches = registry.counter(PREFIX + "batches.link");
        linkBytes = registry.counter(PREFIX + "bytes.link");
        bytesBehindLinks = registry.counter(PREFIX + "bytes.behind.links");
        inlineBatches = registry.counter(PREFIX + "batches.inline");
        inlineBytes = registry.counter(PREFIX + "bytes.inline");
        stagedMismatches = registry.counter(PREFIX + "staged.changed");
        stagedNotTaken = registry.counter(PREFIX + "staged.refused.by.log");
        stagedTooLate = registry.counter(PREFIX + "staged.late");
        replicatedLinks = registry.counter(PREFIX + "batches.link.replicated");
        prefetches = registry.counter(PREFIX + "prefetch.ranges");
        readsFromCache = registry.counter(PREFIX + "reads.from.cache");
        readsFromStore = registry.counter(PREFIX + "reads.from.store");
        readFailures = registry.counter(PREFIX + "reads.failed");
        readsWaitingForMemory = registry.counter(PREFIX + "reads.waiting.for.memory");
        readsWaitingForTurn = registry.counter(PREFIX + "reads.waiting.for.turn");
        corruptLinks = registry.counter(PREFIX + "links.corrupt");
        answerBytes = registry.counter(PREFIX + "answers.bytes");
        answersAbandoned = registry.counter(PREFIX + "answers.abandoned");
        answersDropped = registry.counter(PREFIX + "answers.dropped");
        skippedRecords = registry.counter(PREFIX + "records.skipped");
        skippedBatches = registry.counter(PREFIX + "batches.skipped");
        segmentsReadAtLoad = registry.counter(PREFIX + "load.segments.read");
        segmentsNotReadAtLoad = registry.counter(PREFIX + "load.segments.not.read");
        resolveMs = registry.histogram(PREFIX + "reads.from.store.ms");
    }

    public MetricRegistry registry() {
        return registry;
    }

    /** A leader appended a link of {@code bytes} that stands for {@code dataBytes}. */
    public void linked(int bytes, int dataBytes) {
        linkBatches.inc();
        linkBytes.inc(bytes);
        bytesBehindLinks.inc(dataBytes);
    }

    /** A leader appended a client's batches as they are. */
    public void inlined(int batches, int bytes) {
        inlineBatches.inc(batches);
        inlineBytes.inc(bytes);
    }

    /** Staged bytes were not those that Kafka's validation passed on, for instance after recompression. */
    public void stagedChanged() {
        stagedMismatches.inc();
    }

    /** A staged batch went to a log that takes no links. */
    public void stagedRefused() {
        stagedNotTaken.inc();
    }

    /** A staged batch came when its object was no longer safe from garbage collection. */
    public void stagedLate() {
        stagedTooLate.inc();
    }

    public void replicated(int links) {
        replicatedLinks.inc(links);
    }

    public void prefetched(int ranges) {
        prefetches.inc(ranges);
    }

    public void readFromCache() {
        readsFromCache.inc();
    }

    public void readFromStore(long millis) {
        readsFromStore.inc();
        resolveMs.update(millis);
    }

    public void readFailed() {
        readFailures.inc();
    }

    /** A read waits for others to give back memory, or ceases to. */
    public void readWaits(int change) {
        readsWaitingForMemory.inc(change);
    }

    /** A read of old data waits, because the processors are busy, or ceases to. */
    public void readWaitsForTurn(int change) {
        readsWaitingForTurn.inc(change);
    }

    public void corruptLink() {
        corruptLinks.inc();
    }

    /** Reads under way and unsent answers hold so much more memory, or less. */
    public void answersHold(long change) {
        answerBytes.inc(change);
    }

    /** A connection that took nothing lost its answer to others that needed the memory. */
    public void answerAbandoned() {
        answersAbandoned.inc();
    }

    /** Kafka dropped an answer that it had asked for. */
    public void answerDropped() {
        answersDropped.inc();
    }

    /** An answer lacks so many records, because their links are given up. */
    public void skippedRecords(long records) {
        skippedRecords.inc(records);
    }

    /** Batches are given up, or no longer. */
    public void skippedBatches(int change) {
        skippedBatches.inc(change);
    }

    /** Of a log's segments, when it was loaded, so many were read and so many were known without. */
    public void loaded(int read, int notRead) {
        segmentsReadAtLoad.inc(read);
        segmentsNotReadAtLoad.inc(notRead);
    }
}
