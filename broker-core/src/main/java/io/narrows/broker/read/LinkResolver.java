package io.narrows.broker.read;

import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.read.ReadPlan.Inline;
import io.narrows.broker.read.ReadPlan.Linked;
import io.narrows.broker.read.ReadPlan.Piece;
import io.narrows.relay.pointer.Pointer;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Turns a {@link ReadPlan} into the bytes a consumer gets: at once if all ranges are cached, otherwise through the object
 * store without blocking any thread. Answers being fetched share a memory budget; what does not fit waits its turn, first
 * come first served. Thread-safe.
 */
public final class LinkResolver {
    private final ReadServices services;
    /** Guarded by itself. */
    private final Deque<Waiting> waiting = new ArrayDeque<>();

    public LinkResolver(ReadServices services) {
        this.services = services;
    }

    /** The answer if every range is cached, otherwise null. Never waits. */
    public @Nullable ByteBuffer cached(ReadPlan plan) throws IOException {
        List<ByteBuf> ranges = new ArrayList<>();
        try {
            for (Pointer pointer : plan.pointers()) {
                ByteBuf range = services.ranges().cached(pointer);
                if (range == null) {
                    range = services.catchUpRanges().cached(pointer);
                }
                if (range == null) {
                    return null;
                }
                ranges.add(range);
            }
            ByteBuffer answer = assemble(plan, ranges);
            services.metrics().readFromCache();
            return answer;
        } finally {
            ranges.forEach(ByteBuf::release);
        }
    }

    /**
     * The answer, on a thread of the assembler. If a later range can not be read, the answer ends before it; if the first
     * one can not, the future fails as the {@link io.narrows.relay.range.RangeReader} did.
     */
    public CompletableFuture<ByteBuffer> resolve(ReadPlan plan, ReadServices.Age age) {
        Waiting read = new Waiting(plan, age, new CompletableFuture<>());
        boolean admitted;
        synchronized (waiting) {
            admitted = waiting.isEmpty() && admit(plan.realBytes());
            if (!admitted) {
                waiting.add(read);
                services.metrics().readWaits(1);
            }
        }
        if (admitted) {
            start(read);
        }
        return read.answer;
    }

    /** One answer larger than the whole budget is let in when nothing else is. */
    private boolean admit(int bytes) {
        if (services.budget().tryReserve(bytes)) {
            return true;
        }
        if (services.budget().usedBytes() == 0) {
            boolean unused = services.budget().reserve(bytes);
            return true;
        }
        return false;
    }

    private void start(Waiting read) {
        if (read.answer.isDone()) {
            finish(read);
            return;
        }
        long startNanos = services.clock().nanoTime();
        List<CompletableFuture<ByteBuf>> ranges;
        try {
            ranges = services.reader(read.age).read(read.plan.pointers());
        } catch (RuntimeException e) {
            read.answer.completeExceptionally(e);
            finish(read);
            return;
        }
        CompletableFuture<?> unused = CompletableFuture.allOf(ranges.toArray(CompletableFuture[]::new))
                .handleAsync(
                        (nothing, failure) -> {
                            services.metrics().readFromStore((services.clock().nanoTime() - startNanos) / 1_000_000);
                            complete(read, ranges);
                            return null;
                        },
                        services.assembler());
    }

    private void complete(Waiting read, List<CompletableFuture<ByteBuf>> futures) {
        List<ByteBuf> ranges = new ArrayList<>();
        Throwable failure = null;
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
            ByteBuffer answer = assemble(read.plan, ranges);
            if (failure != null && answer.remaining() == 0) {
                read.answer.completeExceptionally(failure);
            } else {
                read.answer.complete(answer);
            }
        } catch (IOException | RuntimeException e) {
            read.answer.completeExceptionally(e);
        } finally {
            futures.forEach(LinkResolver::release);
            finish(read);
        }
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

    /** Gives the memory back and starts what waits for it. */
    private void finish(Waiting read) {
        services.budget().release(read.plan.realBytes());
        while (true) {
            Waiting next;
            boolean admitted;
            synchronized (waiting) {
                next = waiting.peek();
                if (next == null) {
                    return;
                }
                admitted = !next.answer.isDone();
                if (admitted && !admit(next.plan.realBytes())) {
                    return;
                }
                waiting.remove();
            }
            services.metrics().readWaits(-1);
            // What was admitted gives its memory back by itself, also if nobody wants its answer by now.
            if (admitted) {
                services.assembler().execute(() -> start(next));
            }
        }
    }

    /** Copies the pieces one after the other, up to the first link whose range is missing. Borrows the ranges. */
    public static ByteBuffer assemble(ReadPlan plan, List<ByteBuf> ranges) throws IOException {
        ByteBuffer answer = ByteBuffer.allocate(readableBytes(plan, ranges.size()));
        int nextRange = 0;
        for (Piece piece : plan.pieces()) {
            if (piece instanceof Inline inline) {
                copyInline(plan, inline, answer);
            } else if (piece instanceof Linked linked) {
                if (nextRange == ranges.size()) {
                    break;
                }
                copyLinked(linked, ranges.get(nextRange++), answer);
            }
        }
        return answer.flip();
    }

    /** Bytes of the pieces in front of the first link that has no range: nothing is allocated for what can not come. */
    private static int readableBytes(ReadPlan plan, int ranges) {
        int bytes = 0;
        int links = 0;
        for (Piece piece : plan.pieces()) {
            if (piece instanceof Linked && links++ == ranges) {
                break;
            }
            bytes += piece.realBytes();
        }
        return bytes;
    }

    private static void copyInline(ReadPlan plan, Inline inline, ByteBuffer answer) throws IOException {
        ByteBuffer place = answer.slice(answer.position(), inline.size());
        plan.file().readInto(place, inline.position());
        if (place.remaining() != inline.size()) {
            throw new UncheckedIOException(new IOException("a segment became shorter while it was read"));
        }
        answer.position(answer.position() + inline.size());
    }

    private static void copyLinked(Linked linked, ByteBuf range, ByteBuffer answer) {
        int at = answer.position();
        ByteBuffer place = answer.slice(at, linked.realBytes());
        range.getBytes(range.readerIndex(), place);
        linked.link().verify(answer, at);
        BatchHeader.assign(answer, at, linked.baseOffset(), linked.leaderEpoch());
        answer.position(at + linked.realBytes());
    }

    private record Waiting(ReadPlan plan, ReadServices.Age age, CompletableFuture<ByteBuffer> answer) {}
}
