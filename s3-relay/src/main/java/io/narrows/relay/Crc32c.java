package io.narrows.relay;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** CRC32C (Castagnoli) of buffers, read in place: no copy of direct memory, no loop over bytes. For any thread. */
public final class Crc32c {
    private Crc32c() {}

    /** The checksum of the readable bytes. Borrows {@code bytes} and leaves its indexes alone. */
    public static int of(ByteBuf bytes) {
        return of(bytes, bytes.readerIndex(), bytes.readableBytes());
    }

    /** The checksum of {@code length} bytes from {@code index}. Borrows {@code bytes}. */
    public static int of(ByteBuf bytes, int index, int length) {
        CRC32C crc = new CRC32C();
        if (bytes.hasArray()) {
            crc.update(bytes.array(), bytes.arrayOffset() + index, length);
        } else if (bytes.nioBufferCount() == 1) {
            crc.update(bytes.nioBuffer(index, length));
        } else {
            for (ByteBuffer part : bytes.nioBuffers(index, length)) {
                crc.update(part);
            }
        }
        return (int) crc.getValue();
    }
}
