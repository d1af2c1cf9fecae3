package io.narrows.relay.rpc;

import io.narrows.relay.Checks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes the fields of a frame's header part. Borrows the buffer; used by one thread. */
final class WireWriter {
    private final ByteBuf buffer;

    WireWriter(ByteBuf buffer) {
        this.buffer = buffer;
    }

    /** Whether {@link #string} takes the value. */
    static boolean fits(String value) {
        return value.length() <= RelayProtocol.MAX_STRING_BYTES / 3
                || ByteBufUtil.utf8Bytes(value) <= RelayProtocol.MAX_STRING_BYTES;
    }

    ByteBuf buffer() {
        return buffer;
    }

    WireWriter int8(int value) {
        buffer.writeByte(value);
        return this;
    }

    WireWriter int16(int value) {
        buffer.writeShort(value);
        return this;
    }

    WireWriter int32(int value) {
        buffer.writeInt(value);
        return this;
    }

    WireWriter int64(long value) {
        buffer.writeLong(value);
        return this;
    }

    WireWriter uuid(UUID value) {
        buffer.writeLong(value.getMostSignificantBits());
        buffer.writeLong(value.getLeastSignificantBits());
        return this;
    }

    WireWriter varlong(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            buffer.writeByte((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        buffer.writeByte((int) rest);
        return this;
    }

    /** A number that is not negative. */
    WireWriter number(int value) {
        Checks.argument(value >= 0, "a number for the wire is negative");
        return varlong(value);
    }

    WireWriter zigzag(long value) {
        return varlong((value << 1) ^ (value >> 63));
    }

    WireWriter string(@Nullable String value) {
        if (value == null) {
            return int8(0);
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        Checks.argument(
                bytes.length <= RelayProtocol.MAX_STRING_BYTES,
                "a string exceeds " + RelayProtocol.MAX_STRING_BYTES + " bytes");
        number(bytes.length + 1);
        buffer.writeBytes(bytes);
        return this;
    }
}
