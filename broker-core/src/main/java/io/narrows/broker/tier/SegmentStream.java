package io.narrows.broker.tier;

import io.narrows.broker.tier.ReadAhead.Cursor;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Batches of a segment object as Kafka's remote log manager reads them. Used by one thread; owns one block at a time. */
final class SegmentStream extends InputStream {
    private final Blocks blocks;
    private final SegmentSource source;
    private final Cursor cursor;
    private final int start;
    private final int end;
    private int position;
    private int block = -1;
    private @Nullable ByteBuf bytes;
    private boolean closed;

    /** Where the blocks come from. */
    interface Blocks {
        /** Waits for a block, which the caller releases; {@code lastBlock} is the last one that the stream will want. */
        ByteBuf block(SegmentSource source, int block, int lastBlock) throws IOException;

        /** The stream has read what lies between. */
        void closed(Cursor cursor, long start, long end);
    }

    SegmentStream(Blocks blocks, SegmentSource source, Cursor cursor, int start, int end) {
        this.blocks = blocks;
        this.source = source;
        this.cursor = cursor;
        this.start = start;
        this.position = start;
        this.end = end;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (closed) {
            throw new IOException("the stream is closed");
        }
        if (length == 0) {
            return 0;
        }
        if (position >= end) {
            return -1;
        }
        ByteBuf open = open();
        int inBlock = position - source.layout().startOf(block);
        int count = Math.min(Math.min(length, end - position), open.readableBytes() - inBlock);
        open.getBytes(open.readerIndex() + inBlock, target, offset, count);
        position += count;
        return count;
    }

    private ByteBuf open() throws IOException {
        int wanted = source.layout().blockOf(position);
        ByteBuf open = bytes;
        if (open != null && wanted == block) {
            return open;
        }
        release();
        try {
            open = blocks.block(source, wanted, source.layout().blockOf(end - 1));
        } catch (RuntimeException e) {
            throw Blocking.asIo(e);
        }
        bytes = open;
        block = wanted;
        return open;
    }

    private void release() {
        if (bytes != null) {
            bytes.release();
            bytes = null;
        }
    }

    @Override
    public int available() {
        return bytes == null ? 0 : Math.min(end, source.layout().startOf(block) + bytes.readableBytes()) - position;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            release();
            blocks.closed(cursor, start, position);
        }
    }
}
