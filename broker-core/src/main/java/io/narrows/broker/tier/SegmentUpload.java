package io.narrows.broker.tier;

import io.narrows.broker.config.TierSettings;
import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.tier.SegmentTail.Facts;
import io.narrows.relay.Crc32c;
import io.narrows.relay.store.ObjectStore;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.server.log.remote.storage.RemoteStorageManager.IndexType;
import org.jspecify.annotations.Nullable;

/**
 * Writes one segment object: fills a part while the one before it is on its way, so that two parts are in memory at most.
 * Used by one thread, which waits. Owns the parts; {@link #close} without {@link #finish} aborts, and returns when no
 * PUT of ours is in flight any more, so that a delete that follows finds all there is.
 */
final class SegmentUpload implements AutoCloseable {
    private final SegmentObjectId segment;
    private final int partBytes;
    private final ObjectStore store;
    private final long deadlineMs;
    private final SegmentIndexes indexes;
    private int[] blockCrcs = new int[16];
    private int blocks;
    private int dataBytes;
    private int parts;
    private long lastOffset;
    private @Nullable ByteBuf part;
    private @Nullable CompletableFuture<Void> put;

    SegmentUpload(SegmentObjectId segment, int partBytes, ObjectStore store, long deadlineMs) {
        this.segment = segment;
        this.partBytes = partBytes;
        this.store = store;
        this.deadlineMs = deadlineMs;
        this.indexes = new SegmentIndexes(segment.baseOffset());
        this.lastOffset = segment.baseOffset() - 1;
    }

    /** Appends whole batches. Borrows {@code batches}. */
    void append(ByteBuffer batches) throws IOException {
        for (int at = batches.position(); at < batches.limit(); at += BatchHeader.size(batches, at)) {
            if (!BatchHeader.isPlausible(batches, at) || BatchHeader.size(batches, at) > batches.limit() - at) {
                throw new CorruptSegmentException("no whole batch behind offset " + lastOffset + " of " + segment);
            }
            if ((long) dataBytes + at - batches.position() + BatchHeader.size(batches, at) > Integer.MAX_VALUE) {
                throw new CorruptSegmentException(segment + " is larger than positions of 32 bits can address");
            }
            indexes.add(batches, at, dataBytes + at - batches.position());
            lastOffset = BatchHeader.lastOffset(batches, at);
        }
        ByteBuffer left = batches.duplicate();
        while (left.hasRemaining()) {
            ByteBuf open = openPart();
            // Up to the end of the block, at which its CRC is due.
            int room = TierSettings.BLOCK_BYTES - open.writerIndex() % TierSettings.BLOCK_BYTES;
            int length = Math.min(room, left.remaining());
            open.writeBytes(left.slice(left.position(), length));
            left.position(left.position() + length);
            dataBytes += length;
            if (length == room) {
                endBlock(open, open.writerIndex() - TierSettings.BLOCK_BYTES);
            }
        }
    }

    int dataBytes() {
        return dataBytes;
    }

    /** Writes the tail, with the sections that are no index of offsets or times, and waits for all parts. */
    SegmentLayout finish(Map<IndexType, ByteBuffer> otherSections) throws IOException {
        ByteBuf last = part;
        if (last == null) {
            throw new CorruptSegmentException("nothing to write for " + segment);
        }
        int openBytes = last.writerIndex() % TierSettings.BLOCK_BYTES;
        if (openBytes > 0) {
            endBlock(last, last.writerIndex() - openBytes);
        }
        Map<IndexType, ByteBuffer> sections = new EnumMap<>(otherSections);
        sections.put(IndexType.OFFSET, indexes.offsetIndex());
        sections.put(IndexType.TIMESTAMP, indexes.timeIndex());
        ByteBuffer tail = SegmentTail.write(
                new Facts(dataBytes, partBytes, TierSettings.BLOCK_BYTES, segment.baseOffset(), lastOffset),
                sections,
                Arrays.copyOf(blockCrcs, blocks));
        int tailAt = last.writerIndex();
        last.writeBytes(tail.duplicate());
        int tailCrc = Crc32c.of(last, tailAt, tail.remaining());
        upload();
        awaitPut();
        return new SegmentLayout(dataBytes, partBytes, TierSettings.BLOCK_BYTES, tail.remaining(), tailCrc);
    }

    private ByteBuf openPart() throws IOException {
        ByteBuf open = part;
        if (open != null && open.writerIndex() == partBytes) {
            upload();
            open = null;
        }
        if (open == null) {
            open = PooledByteBufAllocator.DEFAULT.directBuffer(TierSettings.BLOCK_BYTES);
            part = open;
        }
        return open;
    }

    private void endBlock(ByteBuf open, int from) {
        if (blocks == blockCrcs.length) {
            blockCrcs = Arrays.copyOf(blockCrcs, blocks * 2);
        }
        blockCrcs[blocks++] = Crc32c.of(open, from, open.writerIndex() - from);
    }

    private void upload() throws IOException {
        awaitPut();
        ByteBuf full = part;
        if (full != null) {
            part = null;
            put = store.put(segment.part(parts++).key(), full);
        }
    }

    private void awaitPut() throws IOException {
        CompletableFuture<Void> underWay = put;
        if (underWay != null) {
            Blocking.await(underWay, deadlineMs);
            put = null;
        }
    }

    @Override
    public void close() {
        if (part != null) {
            part.release();
            part = null;
        }
        CompletableFuture<Void> underWay = put;
        put = null;
        if (underWay != null) {
            boolean interrupted = Thread.interrupted();
            try {
                Blocking.await(underWay, deadlineMs);
            } catch (IOException | RuntimeException e) {
                // Reported already, or about to be: all that matters here is that it has ended.
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
