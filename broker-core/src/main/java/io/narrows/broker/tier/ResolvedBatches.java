package io.narrows.broker.tier;

import io.narrows.broker.read.BatchAssembly;
import io.narrows.broker.read.ReadPlan;
import io.narrows.broker.read.SkippedLinks;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.range.RangeReader;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.record.internal.FileRecords;
import org.jspecify.annotations.Nullable;

/**
 * The real batches of a closed local segment, step by step: inline ones from the file, the others from WAL objects, asked
 * for one step ahead. Used by one thread, which waits. Owns the open file and the ranges in flight.
 */
final class ResolvedBatches implements AutoCloseable {
    /** Real bytes of a step; one batch may be more. */
    private static final int STEP_BYTES = 4 << 20;

    private final FileRecords file;
    private final Sources sources;
    private final long deadlineMs;
    private int position;
    private @Nullable Step ahead;
    private long bytesOfLinks;
    private long skippedRecords;

    /** A part of the file with its ranges on their way. */
    private record Step(ReadPlan plan, List<CompletableFuture<ByteBuf>> ranges) {
        void release() {
            for (CompletableFuture<ByteBuf> range : ranges) {
                CompletableFuture<?> unused = range.thenAccept(ByteBuf::release);
            }
        }
    }

    /** Where ranges come from: {@code recent} is looked at before one is read with {@code links}; and which are skipped. */
    record Sources(@Nullable RangeReader recent, RangeReader links, SkippedLinks skipped) {}

    ResolvedBatches(Path segment, Sources sources, long deadlineMs) throws IOException {
        this.file = FileRecords.open(segment.toFile(), false);
        this.sources = sources;
        this.deadlineMs = deadlineMs;
        try {
            this.ahead = plan();
        } catch (IOException | RuntimeException e) {
            file.closeHandlers();
            throw e;
        }
    }

    /** The next whole batches, or null at the end. Fails as the store does, or with a corrupt link. */
    @Nullable
    ByteBuffer next() throws IOException {
        Step step = ahead;
        if (step == null) {
            return null;
        }
        ahead = null;
        List<ByteBuf> ranges = new ArrayList<>();
        try {
            ahead = plan();
            for (CompletableFuture<ByteBuf> range : step.ranges()) {
                ranges.add(Blocking.await(range, deadlineMs));
            }
            return BatchAssembly.assemble(step.plan(), ranges);
        } finally {
            step.release();
        }
    }

    /** Bytes so far that came from WAL objects. */
    long bytesOfLinks() {
        return bytesOfLinks;
    }

    /** Records so far in whose place there are empty batches. */
    long skippedRecords() {
        return skippedRecords;
    }

    private @Nullable Step plan() throws IOException {
        int left = file.sizeInBytes() - position;
        if (left == 0) {
            return null;
        }
        ReadPlan plan = ReadPlan.of(file.slice(position, left), STEP_BYTES, true, sources.skipped());
        if (plan.pieces().isEmpty()) {
            throw new CorruptSegmentException("no whole batch at " + position + " of " + file.file());
        }
        position += plan.fileBytes();
        skippedRecords += plan.skippedRecords();
        return new Step(plan, ranges(plan.pointers()));
    }

    private List<CompletableFuture<ByteBuf>> ranges(List<Pointer> pointers) {
        List<CompletableFuture<ByteBuf>> ranges = new ArrayList<>(pointers.size());
        List<Pointer> missing = new ArrayList<>();
        RangeReader recent = sources.recent();
        for (Pointer pointer : pointers) {
            bytesOfLinks += pointer.length();
            ByteBuf known = recent == null ? null : recent.cached(pointer);
            if (known == null) {
                missing.add(pointer);
                ranges.add(new CompletableFuture<>());
            } else {
                ranges.add(CompletableFuture.completedFuture(known));
            }
        }
        if (!missing.isEmpty()) {
            List<CompletableFuture<ByteBuf>> read = sources.links().read(missing);
            int next = 0;
            for (int i = 0; i < ranges.size(); i++) {
                if (!ranges.get(i).isDone()) {
                    ranges.set(i, read.get(next++));
                }
            }
        }
        return ranges;
    }

    @Override
    public void close() throws IOException {
        Step step = ahead;
        ahead = null;
        if (step != null) {
            step.release();
        }
        file.closeHandlers();
    }
}
