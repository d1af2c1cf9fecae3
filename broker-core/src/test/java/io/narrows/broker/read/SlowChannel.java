package io.narrows.broker.read;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.apache.kafka.common.network.TransferableChannel;

/** Takes so much at a time, as a socket with a slow reader behind it. Used by one thread. */
public final class SlowChannel implements TransferableChannel {
    private final int takes;
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private long offered;

    public SlowChannel(int takes) {
        this.takes = takes;
    }

    public byte[] taken() {
        return taken.toByteArray();
    }

    /** Bytes in all writes, taken or not: what a socket would have copied. */
    public long offered() {
        return offered;
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        long written = 0;
        int room = takes;
        for (int i = offset; i < offset + length; i++) {
            offered += sources[i].remaining();
            byte[] part = new byte[Math.min(room, sources[i].remaining())];
            sources[i].get(part);
            taken.writeBytes(part);
            room -= part.length;
            written += part.length;
        }
        return written;
    }

    @Override
    public long write(ByteBuffer[] sources) {
        return write(sources, 0, sources.length);
    }

    @Override
    public int write(ByteBuffer source) {
        return (int) write(new ByteBuffer[] {source}, 0, 1);
    }

    @Override
    public long transferFrom(FileChannel file, long position, long count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(takes, count));
        int read = file.read(bytes, position);
        taken.write(bytes.array(), 0, Math.max(0, read));
        return Math.max(0, read);
    }

    @Override
    public boolean hasPendingWrites() {
        return false;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
