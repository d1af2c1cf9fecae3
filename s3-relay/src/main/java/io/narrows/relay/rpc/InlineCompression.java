package io.narrows.relay.rpc;

import static io.narrows.relay.rpc.MalformedFrameException.check;

import com.github.luben.zstd.Zstd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Compresses batches for the wire when they are not compressed already, one zstd frame per batch. Stateless. */
final class InlineCompression {
    /** Below this, what compression saves is less than a packet. */
    private static final int MIN_BYTES = 1024;

    private static final int LEVEL = 1;
    private static final int MAGIC_OFFSET = 16;
    private static final int ATTRIBUTES_OFFSET = 21;
    private static final int COMPRESSION_MASK = 0x07;
    private static final int BATCH_HEADER_BYTES = 61;

    private InlineCompression() {}

    /** The batch compressed, or null when that does not save at least an eighth. Borrows {@code batch}. */
    static @Nullable ByteBuf compress(ByteBufAllocator alloc, ByteBuf batch) {
        int length = batch.readableBytes();
        if (length < MIN_BYTES || !isUncompressed(batch)) {
            return null;
        }
        return compressPart(alloc, batch);
    }

    /** Bytes of an uncompressed batch, as {@link #compress} does with all of them. Borrows {@code part}. */
    static @Nullable ByteBuf compressPart(ByteBufAllocator alloc, ByteBuf part) {
        int length = part.readableBytes();
        ByteBuf source = null;
        ByteBuf target = null;
        try {
            source = direct(alloc, part);
            target = alloc.directBuffer((int) Zstd.compressBound(length));
            ByteBuffer from = source.nioBuffer(source.readerIndex(), length);
            ByteBuffer to = target.nioBuffer(0, target.capacity());
            long size = Zstd.compressDirectByteBuffer(to, 0, to.remaining(), from, 0, length, LEVEL);
            if (Zstd.isError(size) || size > length - length / 8) {
                return null;
            }
            return target.writerIndex((int) size).retain();
        } catch (OutOfMemoryError e) {
            // What is short of memory goes as it is: it is in memory already.
            return null;
        } finally {
            ReferenceCountUtil.release(target);
            ReferenceCountUtil.release(source);
        }
    }

    /** Restores exactly {@code originalLength} bytes. Borrows {@code compressed}. */
    static ByteBuf decompress(ByteBufAllocator alloc, ByteBuf compressed, int originalLength) {
        int length = compressed.readableBytes();
        ByteBuffer from = compressed.nioBuffer(compressed.readerIndex(), length);
        check(
                Zstd.getDirectByteBufferFrameContentSize(from, 0, length) == originalLength,
                "wrong size in a zstd frame");
        ByteBuf target = alloc.directBuffer(originalLength, originalLength);
        try {
            ByteBuffer to = target.nioBuffer(0, originalLength);
            long size = Zstd.decompressDirectByteBuffer(to, 0, originalLength, from, 0, length);
            check(!Zstd.isError(size) && size == originalLength, "invalid content of a zstd frame");
            return target.writerIndex(originalLength).retain();
        } finally {
            boolean unused = target.release();
        }
    }

    /** Whether it is a v2 batch whose producer did not compress it. Borrows {@code batch}. */
    static boolean isUncompressed(ByteBuf batch) {
        int start = batch.readerIndex();
        return batch.readableBytes() >= BATCH_HEADER_BYTES
                && batch.getByte(start + MAGIC_OFFSET) == 2
                && (batch.getShort(start + ATTRIBUTES_OFFSET) & COMPRESSION_MASK) == 0;
    }

    /** The same bytes in one direct piece, which zstd needs; the caller releases it. */
    private static ByteBuf direct(ByteBufAllocator alloc, ByteBuf batch) {
        if (batch.isDirect() && batch.nioBufferCount() == 1) {
            return batch.retainedSlice();
        }
        return alloc.directBuffer(batch.readableBytes()).writeBytes(batch, batch.readerIndex(), batch.readableBytes());
    }
}
