package io.narrows.broker.append;

import io.narrows.broker.link.StagedPointers;
import io.narrows.broker.link.StagedPointers.Staged;
import io.narrows.broker.relay.AppendEngine;
import io.narrows.broker.relay.RelayEntry;
import io.narrows.relay.pointer.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import kafka.network.RequestChannel;
import org.apache.kafka.common.memory.MemoryPool;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.network.metrics.RequestChannelMetrics;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * Relay entries dressed as a client's Produce request. While a handler thread works on one it is the thread's
 * {@link #current()}, which is how the replica manager knows what an append belongs to. Answered exactly once.
 */
public final class RelayRequest extends RequestChannel.Request {
    private static final ThreadLocal<@Nullable RelayRequest> CURRENT = new ThreadLocal<>();

    private final List<Item> items;
    private final RelayRun run;
    private final AtomicBoolean answered = new AtomicBoolean();
    /** The thread that has the run in its hands while this request is its present one. */
    private volatile @Nullable Thread handler;

    /** An entry as it goes through the produce path. Fields are handed from thread to thread by Kafka's queues. */
    static final class Item {
        private final RelayEntry entry;
        private @Nullable MemoryRecords records;
        private @Nullable Staged staged;

        Item(RelayEntry entry, MemoryRecords records) {
            this.entry = entry;
            this.records = records;
        }

        RelayEntry entry() {
            return entry;
        }
    }

    /** What is common to the requests of one engine. */
    record Origin(long startTimeNanos, RequestChannelMetrics metrics) {}

    RelayRequest(List<Item> items, RequestContext context, Origin origin, RelayRun run) {
        super(-1, context, origin.startTimeNanos(), MemoryPool.NONE, null, origin.metrics(), Option.empty());
        this.items = items;
        this.run = run;
    }

    /** The request the calling handler thread works on, if it is one of the relay. */
    public static @Nullable RelayRequest current() {
        return CURRENT.get();
    }

    void runAsCurrent(Runnable work) {
        CURRENT.set(this);
        try {
            work.run();
        } finally {
            CURRENT.remove();
        }
    }

    /** As {@link #runAsCurrent}, by the handler thread that works on the whole run; what is appended meanwhile is told at its end. */
    void runInRun(Runnable work) {
        handler = Thread.currentThread();
        try {
            runAsCurrent(work);
        } finally {
            handler = null;
            List<RelayEntry> notAppended = new ArrayList<>();
            for (Item item : items) {
                if (item.records != null) {
                    notAppended.add(item.entry);
                }
            }
            run.notAppended(notAppended);
        }
    }

    List<Item> items() {
        return items;
    }

    public RelayRun run() {
        return run;
    }

    /** Tells the log where the entries' bytes are, before the produce path gets to it. */
    void putPointers(StagedPointers stagedPointers) {
        for (Item item : items) {
            Pointer pointer = item.entry.pointer();
            MemoryRecords records = item.records;
            if (pointer != null && records != null) {
                item.staged = stagedPointers.put(records, pointer);
            }
        }
    }

    /** The local append of these records went well. */
    @SuppressWarnings("ReferenceEquality") // the object that was sent in; records with equal contents are others
    public void appended(MemoryRecords records) {
        for (Item item : items) {
            if (item.records == records) {
                item.records = null;
                if (Thread.currentThread().equals(handler)) {
                    run.appended(item.entry);
                } else {
                    run.listener().appended(List.of(item.entry));
                }
            }
        }
    }

    /** True for the one caller that may answer. */
    boolean answerOnce() {
        return answered.compareAndSet(false, true);
    }

    /** Forgets pointers that no log has taken. */
    List<StagedPointers.Outcome> finishPointers(StagedPointers stagedPointers) {
        List<StagedPointers.Outcome> outcomes = new ArrayList<>();
        for (Item item : items) {
            Staged staged = item.staged;
            if (staged != null) {
                outcomes.add(stagedPointers.finish(staged));
            }
        }
        return outcomes;
    }

    AppendEngine.Listener listener() {
        return run.listener();
    }
}
