package io.narrows.s3server;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.Checksum;

/** CRC32C in the form of S3's headers: big-endian, base64. */
final class Checksums {
    private Checksums() {}

    static String encode(int value) {
        return Base64.getEncoder()
                .encodeToString(ByteBuffer.allocate(4).putInt(value).array());
    }

    /** Borrows {@code part} and leaves its indexes alone. */
    static void update(Checksum checksum, ByteBuf part) {
        for (ByteBuffer buffer : part.nioBuffers()) {
            checksum.update(buffer);
        }
    }
}
