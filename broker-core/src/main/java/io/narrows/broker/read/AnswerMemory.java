package io.narrows.broker.read;

import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.broker.read.ReadServices.Age;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.memory.MemoryBudget;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What reads and answers hold in memory, from the admission of a read until the socket has the last byte or the connection
 * is closed. A range counts once, however many answers hold it. Recent and older reads have bounds of their own. A monitor:
 * it releases answers and calls its listener outside its lock.
 */
public final class AnswerMemory {
    /** While half of a bound is free an answer may take half of that; then an eighth, so that many slow readers fit. */
    private static final int SMALL_SHARE = 8;
    /** This part of a bound is for first batches only: a reader gets one also beside many that have more and do not read. */
    private static final int RESERVE = 4;
    /** An answer larger than this part of its bound, when it stalls, goes after a fifth of the time. */
    private static final int LARGE = 64;

    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final MemoryBudget budget;
    private final long stalledNanos;
    private final Loop clock;
    private final BrokerMetrics metrics;
    /** Set once, before the first reservation. */
    private ToLongFunction<Age> waitingBytes = age -> 0;

    private Runnable released = () -> {};

    // Guarded by this.
    private final IdentityHashMap<ByteBuf, HeldRange> holders = new IdentityHashMap<>();
    private final Set<Answer> answers = Collections.newSetFromMap(new IdentityHashMap<>());
    private long recentBytes;
    private long oldBytes;
    private boolean ticking;
    /** Where a reader got nothing but a first batch, until there is more again. */
    private final Set<Age> starved = EnumSet.noneOf(Age.class);

    /** {@code stalledNanos}: without a byte taken for so long, an answer is released when others need its memory. */
    AnswerMemory(MemoryBudget budget, long stalledNanos, Loop clock, BrokerMetrics metrics) {
        this.budget = budget;
        this.stalledNanos = stalledNanos;
        this.clock = clock;
        this.metrics = metrics;
    }

    /**
     * {@code waitingBytes} says what the first read that waits for memory would take; {@code released} runs, on any thread,
     * after some came free.
     */
    void listener(ToLongFunction<Age> waitingBytes, Runnable released) {
        this.waitingBytes = waitingBytes;
        this.released = released;
    }

    /** What one read, then its answer, holds: reserved bytes or those of the heap, and ranges. Guarded by the memory. */
    static final class Charge {
        private final Age age;
        private final List<ByteBuf> ranges = new ArrayList<>();
        private long bytes;

        private Charge(Age age) {
            this.age = age;
        }
    }

    /** A range in memory and how many charges hold it. */
    private static final class HeldRange {
        private final Age age;
        private final int bytes;
        private int holders;

        private HeldRange(Age age, int bytes) {
            this.age = age;
            this.bytes = bytes;
        }
    }

    long nowNanos() {
        return clock.nanoTime();
    }

    /** Bytes that one more answer may take now; less than a batch does not stop the first batch. */
    synchronized long share(Age age) {
        long free = Math.max(0, free(age) - bound() / RESERVE);
        if (free == 0) {
            boolean unused = starved.add(age);
        }
        return free > bound() / 2 ? free / 2 : free / SMALL_SHARE;
    }

    /** Counts bytes that a read is going to hold; null if they do not fit. One larger than its bound goes alone. */
    synchronized @Nullable Charge reserve(Age age, long bytes) {
        return fits(age, bytes) ? charge(age, bytes) : null;
    }

    /** Counts bytes that are there already, whether they fit or not. */
    synchronized Charge force(Age age, long bytes) {
        return charge(age, bytes);
    }

    /** How many of these ranges, from the first, one answer may hold now; the first in any case. Borrows them. */
    synchronized int mayHold(Age age, List<ByteBuf> ranges) {
        long share = share(age);
        long bytes = 0;
        for (int i = 0; i < ranges.size(); i++) {
            bytes += newBytes(ranges.get(i)) + ReadPlan.PIECE_HEAP_BYTES;
            if (i > 0 && bytes > share) {
                return i;
            }
        }
        return ranges.size();
    }

    /** How many of these ranges, from the first, others hold already, so that one more answer costs its pieces only. Borrows them. */
    synchronized int heldByOthers(List<ByteBuf> ranges) {
        int count = 0;
        while (count < ranges.size() && newBytes(ranges.get(count)) == 0) {
            count++;
        }
        return count;
    }

    /** Counts ranges at hand and bytes of the heap; null if they do not fit. What is held already is free. Borrows them. */
    synchronized @Nullable Charge hold(Age age, List<ByteBuf> ranges, long heapBytes) {
        long bytes = heapBytes;
        for (ByteBuf range : ranges) {
            bytes += newBytes(range);
        }
        if (!fits(age, bytes)) {
            return null;
        }
        Charge charge = charge(age, heapBytes);
        ranges.forEach(range -> hold(charge, range));
        return charge;
    }

    /** The read got these ranges in place of what was reserved for it. Borrows them. */
    void settle(Charge charge, List<ByteBuf> ranges, long heapBytes) {
        synchronized (this) {
            add(charge.age, heapBytes - charge.bytes);
            charge.bytes = heapBytes;
            ranges.forEach(range -> hold(charge, range));
        }
        released.run();
    }

    /** Watches an answer that holds memory; {@link #release} ends that. */
    void watch(Answer answer) {
        synchronized (this) {
            boolean unused = answers.add(answer);
            if (ticking) {
                return;
            }
            ticking = true;
        }
        Loop.Timer unused = clock.schedule(TICK_NANOS, this::tick);
    }

    /** Gives everything back, once for a charge, and watches the answer no more. */
    void release(Charge charge, @Nullable Answer answer) {
        synchronized (this) {
            if (answer != null) {
                boolean unused = answers.remove(answer);
            }
            for (ByteBuf range : charge.ranges) {
                HeldRange held = held(range);
                if (--held.holders == 0) {
                    HeldRange unused = holders.remove(range);
                    add(held.age, -held.bytes);
                }
            }
            charge.ranges.clear();
            add(charge.age, -charge.bytes);
            charge.bytes = 0;
        }
        released.run();
    }

    /** Releases answers whose readers take nothing, the longest first, until {@code bytes} are free. */
    void releaseStalled(Age age, long bytes) {
        for (Answer answer : stalled()) {
            if (freeNow(age) >= Math.min(bytes, bound())) {
                return;
            }
            if (answer.age() == age && answer.release()) {
                metrics.answerAbandoned();
            }
        }
    }

    private synchronized long freeNow(Age age) {
        return free(age);
    }

    /** Readers get single batches, or bytes that were there before they counted are more than the bound. */
    private synchronized boolean isScarce(Age age) {
        if (free(age) > bound() / RESERVE) {
            boolean unused = starved.remove(age);
        }
        return starved.contains(age) || free(age) < 0;
    }

    private synchronized List<Answer> stalled() {
        long now = clock.nanoTime();
        List<Answer> stalled = new ArrayList<>();
        for (Answer answer : answers) {
            boolean large = answer.isSent() && answer.size() > bound() / LARGE;
            if (now - answer.movedAtNanos() >= (large ? stalledNanos / 5 : stalledNanos)) {
                stalled.add(answer);
            }
        }
        stalled.sort(Comparator.comparingLong(answer -> answer.movedAtNanos() - now));
        return stalled;
    }

    /**
     * What stock code dropped without a word is released after a while; so is what stalls, if reads wait, get
     * single batches, or more is held than the bound: bytes of segment objects are on the heap before they count.
     */
    private void tick() {
        for (Answer answer : stalled()) {
            if (!answer.isSent() && answer.release()) {
                metrics.answerDropped();
            }
        }
        boolean readsWait = false;
        for (Age age : Age.values()) {
            long bytes = waitingBytes.applyAsLong(age);
            if (bytes > 0) {
                readsWait = true;
                releaseStalled(age, bytes);
            } else if (isScarce(age)) {
                releaseStalled(age, bound() / RESERVE + bound() / SMALL_SHARE);
            }
        }
        synchronized (this) {
            if (answers.isEmpty() && !readsWait) {
                ticking = false;
                return;
            }
        }
        Loop.Timer unused = clock.schedule(TICK_NANOS, this::tick);
    }

    private Charge charge(Age age, long bytes) {
        Charge charge = new Charge(age);
        charge.bytes = bytes;
        add(age, bytes);
        return charge;
    }

    private void hold(Charge charge, ByteBuf range) {
        ByteBuf memory = memoryOf(range);
        boolean unused = charge.ranges.add(memory);
        HeldRange held = holders.get(memory);
        if (held == null) {
            held = new HeldRange(charge.age, range.readableBytes());
            holders.put(memory, held);
            add(held.age, held.bytes);
        }
        held.holders++;
    }

    private HeldRange held(ByteBuf memory) {
        HeldRange held = holders.get(memory);
        if (held == null) {
            throw new IllegalStateException("released a range that is not held");
        }
        return held;
    }

    private long newBytes(ByteBuf range) {
        return holders.containsKey(memoryOf(range)) ? 0 : range.readableBytes();
    }

    /** Answers share a range as duplicates of one buffer. */
    private static ByteBuf memoryOf(ByteBuf range) {
        ByteBuf memory = range.unwrap();
        return memory == null ? range : memory;
    }

    private void add(Age age, long bytes) {
        if (age == Age.RECENT) {
            recentBytes += bytes;
        } else {
            oldBytes += bytes;
        }
        metrics.answersHold(bytes);
        if (bytes >= 0) {
            boolean unused = budget.reserve(bytes);
        } else {
            budget.release(-bytes);
        }
    }

    private boolean fits(Age age, long bytes) {
        return bytes <= free(age) || (bytes > bound() && used(age) == 0);
    }

    private long used(Age age) {
        return age == Age.RECENT ? recentBytes : oldBytes;
    }

    private long free(Age age) {
        return bound() - used(age);
    }

    /** Half of the budget for each age, so that neither waits for the other. */
    private long bound() {
        return budget.limitBytes() / Age.values().length;
    }
}
