package io.narrows.broker.metrics;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import java.util.concurrent.TimeUnit;

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
    private final Timer readsFromStoreTime;

    public BrokerMetrics(MetricRegistry registry) {
        this.registry = registry;
        linkBatches = registry.counter(PREFIX + "link.batches");
        linkBytes = registry.counter(PREFIX + "link.bytes");
        bytesBehindLinks = registry.counter(PREFIX + "link.logical.bytes");
        inlineBatches = registry.counter(PREFIX + "inline.batches");
        inlineBytes = registry.counter(PREFIX + "inline.bytes");
        stagedMismatches = registry.counter(PREFIX + "staged.changed");
        stagedNotTaken = registry.counter(PREFIX + "staged.refused.by.log");
        stagedTooLate = registry.counter(PREFIX + "staged.late");
        replicatedLinks = registry.counter(PREFIX + "replicated.link.batches");
        prefetches = registry.counter(PREFIX + "prefetch.ranges");
        readsFromCache = registry.counter(PREFIX + "reads.from.cache");
        readsFromStore = registry.counter(PREFIX + "reads.from.store");
        readFailures = registry.counter(PREFIX + "reads.failed");
        readsWaitingForMemory = registry.counter(PREFIX + "reads.waiting.for.memory");
        readsWaitingForTurn = registry.counter(PREFIX + "reads.throttled");
        corruptLinks = registry.counter(PREFIX + "links.corrupt");
        answerBytes = registry.counter(PREFIX + "response.memory.bytes");
        answersAbandoned = registry.counter(PREFIX + "responses.abandoned");
        answersDropped = registry.counter(PREFIX + "responses.dropped");
        skippedRecords = registry.counter(PREFIX + "records.skipped");
        skippedBatches = registry.counter(PREFIX + "batches.skipped");
        segmentsReadAtLoad = registry.counter(PREFIX + "load.segments.read");
        segmentsNotReadAtLoad = registry.counter(PREFIX + "load.segments.not.read");
        readsFromStoreTime = registry.timer(PREFIX + "reads.from.store.time");
    }

    public MetricRegistry registry() {
        return registry;
    }

    /** A leader appended a link of {@code bytes} that refers to a batch of {@code dataBytes}. */
    public void linked(int bytes, int dataBytes) {
        linkBatches.inc();
        linkBytes.inc(bytes);
        bytesBehindLinks.inc(dataBytes);
    }

    /** A leader appended a client's batches inline. */
    public void inlined(int batches, int bytes) {
        inlineBatches.inc(batches);
        inlineBytes.inc(bytes);
    }

    /** Staged bytes were not those that Kafka's validation passed on, for instance after recompression. */
    public void stagedChanged() {
        stagedMismatches.inc();
    }

    /** The log of a staged batch accepts no links. */
    public void stagedRefused() {
        stagedNotTaken.inc();
    }

    /** A staged batch arrived after the grace period of garbage collection of its object. */
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

    public void readFromStore(long nanos) {
        readsFromStore.inc();
        readsFromStoreTime.update(nanos, TimeUnit.NANOSECONDS);
    }

    public void readFailed() {
        readFailures.inc();
    }

    /** The number of reads that wait for memory changed. */
    public void readWaits(int change) {
        readsWaitingForMemory.inc(change);
    }

    /** The number of throttled reads of old data changed. */
    public void readWaitsForTurn(int change) {
        readsWaitingForTurn.inc(change);
    }

    public void corruptLink() {
        corruptLinks.inc();
    }

    /** Memory of reads in progress and of unsent responses changed by {@code change} bytes. */
    public void answersHold(long change) {
        answerBytes.inc(change);
    }

    /** A response was released because its connection made no progress and other reads needed the memory. */
    public void answerAbandoned() {
        answersAbandoned.inc();
    }

    /** Kafka dropped a response that it had requested. */
    public void answerDropped() {
        answersDropped.inc();
    }

    /** A response lacks {@code records} records, because narrows repair abandoned their links. */
    public void skippedRecords(long records) {
        skippedRecords.inc(records);
    }

    /** The number of abandoned batches changed. */
    public void skippedBatches(int change) {
        skippedBatches.inc(change);
    }

    /** A log was opened with {@code read} segments read and {@code notRead} described by a summary. */
    public void loaded(int read, int notRead) {
        segmentsReadAtLoad.inc(read);
        segmentsNotReadAtLoad.inc(notRead);
    }
}
