package io.narrows.broker.read;

import io.narrows.broker.read.AnswerMemory.Charge;
import io.narrows.broker.read.ReadPlan.Linked;
import io.narrows.broker.read.ReadServices.Age;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Turns a {@link ReadPlan} into what a consumer gets: now if all ranges are cached, otherwise through the object store
 * without blocking any thread. Reads and unsent answers share a memory budget; a read that does not fit gets less, and one
 * whose first batch does not fit waits in the line of its age, which is bounded in length and time. A read ends when its
 * future is cancelled. Thread-safe.
 */
public final class LinkResolver {
    /** As many as can wait for memory, of each age; stock code has such a bound for its reads of tiered storage too. */
    static final int MAX_WAITING = 1000;

    /** The default of narrows.slow.reader.timeout.ms. */
    public static final long STALLED_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** A plan is on the heap before there is memory for its answer, so that of a read that waits is short. */
    static final int MAX_WAITING_PIECES = 64;

    private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final ReadServices services;
    private final AnswerMemory memory;

    /** In the order in which they came, by age. Guarded by itself. */
    private final Map<Age, Set<Read>> waiting = new EnumMap<>(Age.class);

    /** With the default time for an answer that stalls. */
    public LinkResolver(ReadServices services) {
        this(services, STALLED_NANOS);
    }

    /** {@code stalledNanos}: without a byte taken for so long, an answer is released when others need its memory. */
    public LinkResolver(ReadServices services, long stalledNanos) {
        this.services = services;
        memory = new AnswerMemory(services.budget(), stalledNanos, services.clock(), services.metrics());
        for (Age age : Age.values()) {
            waiting.put(age, new LinkedHashSet<>());
        }
        memory.listener(this::waitingBytes, this::startWaiting);
    }

    /** What reads and answers hold. */
    public AnswerMemory memory() {
        return memory;
    }

    /**
     * The answer if every range is cached and there is room for the first; it may be shorter than the plan. Otherwise null.
     * While others wait for memory it takes none, and answers what other answers hold anyway. Never waits.
     */
    public @Nullable Answer cached(ReadPlan wanted, Age age) throws IOException {
        boolean othersWait;
        synchronized (waiting) {
            othersWait = !line(age).isEmpty();
        }
        List<ByteBuf> ranges = new ArrayList<>();
        Charge charge = null;
        Answer answer = null;
        try {
            for (Pointer pointer : wanted.pointers()) {
                ByteBuf range = services.ranges().cached(pointer);
                if (range == null) {
                    range = services.catchUpRanges().cached(pointer);
                }
                if (range == null) {
                    return null;
                }
                ranges.add(range);
            }
            int count = othersWait ? memory.heldByOthers(ranges) : memory.mayHold(age, ranges);
            if (count == 0) {
                return null;
            }
            ReadPlan plan = wanted.beforeLink(count);
            drop(ranges, plan.pointers().size());
            charge = memory.hold(age, ranges, plan.heapBytes());
            if (charge == null) {
                return null;
            }
            answer = Answer.of(plan, ranges, memory, age, charge);
            services.metrics().readFromCache();
            return answer;
        } finally {
            if (answer == null) {
                drop(ranges, 0);
                if (charge != null) {
                    memory.release(charge, null);
                }
            }
        }
    }

    /** Releases the ranges from this number on. */
    private static void drop(List<ByteBuf> ranges, int from) {
        List<ByteBuf> rest = ranges.subList(from, ranges.size());
        rest.forEach(ByteBuf::release);
        rest.clear();
    }

    /**
     * The answer, on a thread of the assembler. If a later range can not be read, the answer ends before it; if the first
     * one can not, the future fails as the {@link io.narrows.relay.range.RangeReader} did. Cancelling the future ends the
     * read: it leaves the line, and the object store is not asked for bytes that no other read waits for.
     */
    public CompletableFuture<Answer> resolve(ReadPlan plan, Age age) {
        Read read = new Read(plan, age);
        CompletableFuture<?> unused = read.answer.whenComplete((answer, failure) -> {
            if (read.answer.isCancelled()) {
                abandon(read);
            }
        });
        boolean admitted;
        boolean refused = false;
        synchronized (waiting) {
            admitted = line(age).isEmpty() && admit(read);
            if (!admitted) {
                refused = line(age).size() >= MAX_WAITING;
                if (!refused) {
                    shorten(read);
                    boolean unusedAdded = line(age).add(read);
                    services.metrics().readWaits(1);
                }
            }
        }
        if (admitted) {
            start(read);
        } else if (refused) {
            read.fail(Kind.UNAVAILABLE, MAX_WAITING + " reads wait for memory already");
        } else {
            limitTime(read);
            memory.releaseStalled(age, read.plan.memoryBytes());
            startWaiting();
        }
        return read.answer;
    }

    private static void shorten(Read read) {
        try {
            read.plan = read.plan.first(MAX_WAITING_PIECES);
        } catch (IOException | RuntimeException e) {
            // Its file is gone; it fails when it is started.
            read.failure = e;
        }
    }

    private void limitTime(Read read) {
        Loop.Timer timer = services.clock().schedule(WAIT_NANOS, () -> {
            if (leaveLine(read)) {
                read.fail(Kind.UNAVAILABLE, "no memory for the read in 10 s");
            }
        });
        CompletableFuture<?> unused = read.answer.whenComplete((answer, failure) -> timer.cancel());
    }

    private Set<Read> line(Age age) {
        return Objects.requireNonNull(waiting.get(age));
    }

    private boolean leaveLine(Read read) {
        synchronized (waiting) {
            if (!line(read.age).remove(read)) {
                return false;
            }
            services.metrics().readWaits(-1);
            return true;
        }
    }

    /** Its future was cancelled. Ranges that others wait for come in any case. */
    private void abandon(Read read) {
        if (leaveLine(read)) {
            startWaiting();
            return;
        }
        read.ranges.forEach(range -> range.cancel(false));
    }

    /** What the first in the line would take. */
    private long waitingBytes(Age age) {
        synchronized (waiting) {
            return line(age).isEmpty() ? 0 : line(age).iterator().next().plan.memoryBytes();
        }
    }

    /** Takes memory for as much of the read as its share, or for its first batch. */
    private boolean admit(Read read) {
        if (read.failure != null) {
            return true;
        }
        try {
            ReadPlan plan = read.plan.within(memory.share(read.age));
            Charge charge = memory.reserve(read.age, plan.memoryBytes());
            if (charge == null) {
                return false;
            }
            read.plan = plan;
            read.charge = charge;
            return true;
        } catch (IOException | RuntimeException e) {
            // Its file is gone; it fails when it is started.
            read.failure = e;
            return true;
        }
    }

    /** Starts what waits, as far as there is memory: recent reads first, and each age in its own bound. */
    private void startWaiting() {
        for (Read next = nextAdmitted(); next != null; next = nextAdmitted()) {
            Read read = next;
            services.metrics().readWaits(-1);
            services.assembler().execute(() -> start(read));
        }
    }

    private @Nullable Read nextAdmitted() {
        synchronized (waiting) {
            for (Set<Read> line : waiting.values()) {
                if (!line.isEmpty()) {
                    Read head = line.iterator().next();
                    if (admit(head)) {
                        boolean unused = line.remove(head);
                        return head;
                    }
                }
            }
            return null;
        }
    }

    private void start(Read read) {
        if (read.failure != null) {
            boolean unused = read.answer.completeExceptionally(read.failure);
        }
        if (read.answer.isDone()) {
            finish(read);
            return;
        }
        long startNanos = services.clock().nanoTime();
        List<CompletableFuture<ByteBuf>> ranges;
        try {
            ranges = services.reader(read.age).read(read.plan.pointers());
        } catch (RuntimeException e) {
            boolean unused = read.answer.completeExceptionally(e);
            finish(read);
            return;
        }
        read.ranges = ranges;
        CompletableFuture<?> unused = CompletableFuture.allOf(ranges.toArray(CompletableFuture[]::new))
                .handleAsync(
                        (nothing, failure) -> {
                            services.metrics().readFromStore(services.clock().nanoTime() - startNanos);
                            complete(read, ranges);
                            return null;
                        },
                        services.assembler());
        if (read.answer.isCancelled()) {
            abandon(read);
        }
    }

    private void complete(Read read, List<CompletableFuture<ByteBuf>> futures) {
        List<ByteBuf> ranges = new ArrayList<>();
        Throwable failure = null;
        Answer answer = null;
        try {
            for (CompletableFuture<ByteBuf> future : futures) {
                if (future.isCompletedExceptionally()) {
                    failure = failureOf(future);
                    break;
                }
                ranges.add(future.getNow(null));
            }
            if (read.answer.isDone()) {
                return;
            }
            if (failure != null) {
                services.metrics().readFailed();
            }
            if (failure != null && ranges.isEmpty() && read.plan.pieces().get(0) instanceof Linked) {
                boolean unused = read.answer.completeExceptionally(failure);
                return;
            }
            answer = answer(read, ranges);
            // Held by the answer now, with what it was charged.
            futures = futures.subList(ranges.size(), futures.size());
            if (!read.answer.complete(answer)) {
                boolean unused = answer.release();
            }
        } catch (IOException | RuntimeException e) {
            boolean unused = read.answer.completeExceptionally(e);
        } finally {
            futures.forEach(LinkResolver::release);
            finish(read);
        }
    }

    private Answer answer(Read read, List<ByteBuf> ranges) throws IOException {
        Charge charge = Objects.requireNonNull(read.charge);
        Answer answer = Answer.of(read.plan, ranges, memory, read.age, charge);
        read.charge = null;
        memory.settle(charge, ranges, read.plan.heapBytes());
        return answer;
    }

    private static void release(CompletableFuture<ByteBuf> future) {
        if (!future.isCompletedExceptionally()) {
            future.getNow(null).release();
        }
    }

    private static Throwable failureOf(CompletableFuture<ByteBuf> future) {
        Throwable[] failure = new Throwable[1];
        CompletableFuture<?> unused = future.whenComplete((range, thrown) -> failure[0] = thrown);
        return failure[0];
    }

    /** What the read still holds is free again. */
    private void finish(Read read) {
        Charge charge = read.charge;
        read.charge = null;
        if (charge != null) {
            memory.release(charge, null);
        }
    }

    /** A read on its way: in a line, then with the object store. Its mutable fields belong to the thread of its current step. */
    private static final class Read {
        private final Age age;
        private final CompletableFuture<Answer> answer = new CompletableFuture<>();
        private volatile ReadPlan plan;
        private volatile @Nullable Charge charge;
        private volatile @Nullable Exception failure;
        private volatile List<CompletableFuture<ByteBuf>> ranges = List.of();

        Read(ReadPlan plan, Age age) {
            this.plan = plan;
            this.age = age;
        }

        void fail(Kind kind, String message) {
            boolean unused = answer.completeExceptionally(new ObjectStoreException(kind, message, null));
        }
    }
}
