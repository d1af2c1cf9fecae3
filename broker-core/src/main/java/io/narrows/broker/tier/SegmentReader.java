package io.narrows.broker.tier;

import io.narrows.broker.config.TierSettings;
import io.narrows.broker.tier.ReadAhead.Plan;
import io.narrows.relay.range.RangeReader;
import io.narrows.relay.range.StoredRange;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteStorageManager.IndexType;

/**
 * Reads segment objects in checked blocks through the cache, ahead of readers that go from front to back. Thread-safe; its
 * callers wait.
 */
final class SegmentReader implements SegmentStream.Blocks {
    /** Blocks that a reader without history waits for: most fetches of consumers touch two. */
    private static final int FIRST_BLOCKS = 2;

    private final RangeReader blocks;
    private final TierServices services;
    private final ReadAhead readAhead;
    private final long deadlineMs;
    private volatile Function<RemoteLogSegmentMetadata, Optional<RemoteLogSegmentMetadata>> successors =
            metadata -> Optional.empty();

    SegmentReader(TierServices services, long deadlineMs) {
        this.services = services;
        this.blocks = services.blocks();
        this.readAhead = new ReadAhead(services.settings());
        this.deadlineMs = deadlineMs;
    }

    /** Says which segment a reader wants after one; without it nothing is fetched beyond a segment's end. */
    void successors(Function<RemoteLogSegmentMetadata, Optional<RemoteLogSegmentMetadata>> source) {
        successors = source;
    }

    byte[] section(SegmentSource source, IndexType type) throws IOException {
        ByteBuf tail = tail(source);
        try {
            return SegmentTail.read(tail).section(type);
        } finally {
            tail.release();
        }
    }

    /** Opens a stream from {@code start} to {@code end}, exclusive, and fetches ahead of it. */
    SegmentStream open(RemoteLogSegmentMetadata metadata, int start, int end) {
        SegmentSource source = SegmentSource.of(metadata);
        Plan plan = readAhead.opened(
                source.id(),
                start,
                source.layout().dataBytes(),
                services.clock().nanoTime());
        if (!plan.isEmpty()) {
            fetchAhead(source, plan.from(), plan.to());
        }
        if (plan.nearEnd()) {
            successors.apply(metadata).ifPresent(next -> fetchSuccessor(plan, SegmentSource.of(next)));
        }
        return new SegmentStream(
                this,
                source,
                plan.cursor(),
                start,
                Math.min(end, source.layout().dataBytes()));
    }

    /** Asks for the blocks behind it in the same GET if nothing has been asked for yet. */
    @Override
    public ByteBuf block(SegmentSource source, int block, int lastBlock) throws IOException {
        List<StoredRange> ranges = ranges(source, block, Math.min(lastBlock, block + FIRST_BLOCKS - 1));
        List<CompletableFuture<ByteBuf>> reads = blocks.read(ranges);
        reads.subList(1, reads.size()).forEach(SegmentReader::releaseLater);
        try {
            return Blocking.await(reads.get(0), deadlineMs);
        } catch (IOException | RuntimeException e) {
            releaseLater(reads.get(0));
            throw e;
        }
    }

    @Override
    public void closed(ReadAhead.Cursor cursor, long start, long end) {
        readAhead.closed(cursor, end, services.clock().nanoTime());
        services.metrics().read(end - start);
    }

    private List<StoredRange> ranges(SegmentSource source, int first, int last) throws IOException {
        ByteBuf bytes = tail(source);
        try {
            return ranges(source, SegmentTail.read(bytes), first, last);
        } finally {
            bytes.release();
        }
    }

    private static List<StoredRange> ranges(SegmentSource source, SegmentTail tail, int first, int last) {
        List<StoredRange> ranges = new ArrayList<>();
        for (int block = first; block <= last; block++) {
            ranges.add(source.layout().block(source.id(), block, tail));
        }
        return ranges;
    }

    private ByteBuf tail(SegmentSource source) throws IOException {
        StoredRange range = source.layout().tail(source.id());
        ByteBuf cached = blocks.cached(range);
        if (cached != null) {
            return cached;
        }
        CompletableFuture<ByteBuf> read = blocks.read(List.of(range)).get(0);
        try {
            return Blocking.await(read, deadlineMs);
        } catch (IOException | RuntimeException e) {
            releaseLater(read);
            throw e;
        }
    }

    /** Asks for blocks without waiting; only if the tail is at hand, which it is for a reader that has read before. */
    private void fetchAhead(SegmentSource source, long from, long to) {
        ByteBuf bytes = blocks.cached(source.layout().tail(source.id()));
        if (bytes == null) {
            return;
        }
        try {
            fetchAhead(source, SegmentTail.read(bytes), from, to);
        } finally {
            bytes.release();
        }
    }

    private void fetchAhead(SegmentSource source, SegmentTail tail, long from, long to) {
        // The block that the reader is in comes with its own read.
        int first =
                (int) ((from + TierSettings.BLOCK_BYTES - 1) / source.layout().blockBytes());
        int last = source.layout().blockOf((int) to - 1);
        if (first <= last) {
            services.metrics().readAhead(last - first + 1);
            blocks.prefetch(ranges(source, tail, first, last));
        }
    }

    private void fetchSuccessor(Plan plan, SegmentSource next) {
        int wanted = Math.min(next.layout().dataBytes(), FIRST_BLOCKS * TierSettings.BLOCK_BYTES);
        readAhead.continues(
                plan.cursor(),
                next.id(),
                next.layout().dataBytes(),
                wanted,
                services.clock().nanoTime());
        CompletableFuture<ByteBuf> tail =
                blocks.read(List.of(next.layout().tail(next.id()))).get(0);
        CompletableFuture<?> unused = tail.thenAccept(bytes -> {
            try {
                fetchAhead(next, SegmentTail.read(bytes), 0, wanted);
            } finally {
                bytes.release();
            }
        });
    }

    private static void releaseLater(CompletableFuture<ByteBuf> read) {
        CompletableFuture<?> unused = read.thenAccept(ByteBuf::release);
    }
}
