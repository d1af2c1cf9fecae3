package io.narrows.relay.rpc;

import static io.narrows.relay.rpc.MalformedFrameException.check;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of a frame's header part and throws {@link MalformedFrameException} for whatever does not fit. Borrows
 * the buffer; used by one thread.
 */
final class WireReader {
    private final ByteBuf buffer;

    WireReader(ByteBuf buffer) {
        this.buffer = buffer;
    }

    int remaining() {
        return buffer.readableBytes();
    }

    void expectEnd() {
        check(!buffer.isReadable(), "bytes after the last field");
    }

    byte int8() {
        need(1);
        return buffer.readByte();
    }

    short int16() {
        need(2);
        return buffer.readShort();
    }

    int int32() {
        need(4);
        return buffer.readInt();
    }

    long int64() {
        need(8);
        return buffer.readLong();
    }

    UUID uuid() {
        need(16);
        return new UUID(buffer.readLong(), buffer.readLong());
    }

    /** Unsigned LEB128, at most ten bytes, in its shortest form. */
    long varlong() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte next = int8();
            check(shift < 63 || (next & 0xfe) == 0, "a varlong has more than 64 bits");
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                check(next != 0 || shift == 0, "a varlong has a leading zero");
                return value;
            }
        }
        throw new MalformedFrameException("a varlong has more than ten bytes");
    }

    long zigzag() {
        long value = varlong();
        return (value >>> 1) ^ -(value & 1);
    }

    int zigzagInt() {
        long value = zigzag();
        check(value == (int) value, "a number exceeds 32 bits");
        return (int) value;
    }

    /** A number from 0 to {@code max}. */
    int upTo(int max, String what) {
        long value = varlong();
        check(value >= 0 && value <= max, what);
        return (int) value;
    }

    /** A count of elements that have at least {@code minBytes} each, so that a lie cannot make a list large. */
    int count(int max, int minBytes) {
        return upTo(Math.min(max, remaining() / minBytes), "a count that fits what follows");
    }

    String string() {
        String value = nullableString();
        if (value == null) {
            throw new MalformedFrameException("a required string is null");
        }
        return value;
    }

    @Nullable
    String nullableString() {
        int length = upTo(RelayProtocol.MAX_STRING_BYTES + 1, "the length of a string") - 1;
        if (length < 0) {
            return null;
        }
        need(length);
        ByteBuffer bytes = buffer.nioBuffer(buffer.readerIndex(), length);
        buffer.skipBytes(length);
        try {
            // The decoder reports malformed input; a String constructor would replace it.
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new MalformedFrameException("a string is not valid UTF-8", e);
        }
    }

    private void need(int bytes) {
        check(buffer.readableBytes() >= bytes, "the header part ends within a field");
    }
}
