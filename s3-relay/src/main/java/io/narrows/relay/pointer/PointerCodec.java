package io.narrows.relay.pointer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The bytes of a {@link Pointer} inside link batches and relay frames; see docs/formats/pointer.md. Stateless, for any
 * thread. Encodings are canonical: equal pointers have equal bytes, and any other bytes are refused.
 *
 * <pre>
 *  0         1          2            2+n            10+n
 * +---------+----------+------------+--------------+----------+----------+--------+----------+
 * | version | n: u8    | writer     | incarnation  | sequence | position | length | crc32c   |
 * | u8 = 1  | 1 to 32  | n * ASCII  | u64          | uvarint  | uvarint  | uvarint| u32      |
 * +---------+----------+------------+--------------+----------+----------+--------+----------+
 * </pre>
 */
public final class PointerCodec {
    /** The version written; the only one read so far. */
    public static final int VERSION = 1;

    private static final int MAX_UVARINT63_BYTES = 9;
    private static final int MAX_UVARINT31_BYTES = 5;

    /** The most bytes a pointer takes. */
    public static final int MAX_BYTES = 1
            + 1
            + WalObjectId.MAX_WRITER_LENGTH
            + Long.BYTES
            + MAX_UVARINT63_BYTES
            + MAX_UVARINT31_BYTES
            + MAX_UVARINT31_BYTES
            + Integer.BYTES;

    private PointerCodec() {}

    /** How many bytes {@link #write(Pointer, ByteBuf)} writes. */
    public static int sizeOf(Pointer pointer) {
        WalObjectId object = pointer.object();
        return 1
                + 1
                + object.writer().length()
                + Long.BYTES
                + uvarintBytes(object.sequence())
                + uvarintBytes(pointer.position())
                + uvarintBytes(pointer.length())
                + Integer.BYTES;
    }

    /** Appends the pointer. Borrows {@code out}. */
    public static void write(Pointer pointer, ByteBuf out) {
        WalObjectId object = pointer.object();
        out.ensureWritable(sizeOf(pointer));
        out.writeByte(VERSION);
        out.writeByte(object.writer().length());
        out.writeCharSequence(object.writer(), StandardCharsets.US_ASCII);
        out.writeLong(object.incarnation());
        writeUvarint(object.sequence(), out);
        writeUvarint(pointer.position(), out);
        writeUvarint(pointer.length(), out);
        out.writeInt(pointer.crc32c());
    }

    /** As {@link #write(Pointer, ByteBuf)}; throws {@link java.nio.BufferOverflowException} when it does not fit. */
    public static void write(Pointer pointer, ByteBuffer out) {
        int size = sizeOf(pointer);
        ByteBuffer place = out.slice();
        if (place.remaining() < size) {
            throw new java.nio.BufferOverflowException();
        }
        write(pointer, Unpooled.wrappedBuffer(place).writerIndex(0));
        out.position(out.position() + size);
    }

    /**
     * Reads one pointer and moves the reader index behind it. Borrows {@code in}.
     *
     * @throws MalformedPointerException for anything but the canonical bytes of a valid pointer; the reader index is
     *     then anywhere
     */
    public static Pointer read(ByteBuf in) {
        need(in, 2);
        int version = in.readUnsignedByte();
        if (version != VERSION) {
            throw new MalformedPointerException("unknown pointer version " + version);
        }
        String writer = readWriter(in);
        need(in, Long.BYTES);
        long incarnation = in.readLong();
        long sequence = readUvarint(in, MAX_UVARINT63_BYTES);
        long position = readUvarint(in, MAX_UVARINT31_BYTES);
        long length = readUvarint(in, MAX_UVARINT31_BYTES);
        need(in, Integer.BYTES);
        int crc32c = in.readInt();
        if (incarnation < 0) {
            throw new MalformedPointerException("incarnation of a pointer is negative");
        }
        if (length == 0 || position + length > Integer.MAX_VALUE) {
            throw new MalformedPointerException("range of a pointer is empty or ends beyond 2 GiB");
        }
        return new Pointer(new WalObjectId(writer, incarnation, sequence), (int) position, (int) length, crc32c);
    }

    /** As {@link #read(ByteBuf)}, on the remaining bytes of {@code in}. */
    public static Pointer read(ByteBuffer in) {
        ByteBuf view = Unpooled.wrappedBuffer(in);
        Pointer pointer = read(view);
        in.position(in.position() + view.readerIndex());
        return pointer;
    }

    private static String readWriter(ByteBuf in) {
        int length = in.readUnsignedByte();
        if (length == 0 || length > WalObjectId.MAX_WRITER_LENGTH) {
            throw new MalformedPointerException("length of a writer id is out of bounds: " + length);
        }
        need(in, length);
        String writer = in.readCharSequence(length, StandardCharsets.US_ASCII).toString();
        if (!WalObjectId.isWriter(writer)) {
            throw new MalformedPointerException("a pointer has an invalid writer id");
        }
        return writer;
    }

    /** Little-endian groups of seven bits, the high bit set on all but the last. */
    private static void writeUvarint(long value, ByteBuf out) {
        long rest = value;
        while (rest > 0x7f) {
            out.writeByte((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }

    private static long readUvarint(ByteBuf in, int maxBytes) {
        long value = 0;
        for (int i = 0; i < maxBytes; i++) {
            need(in, 1);
            byte next = in.readByte();
            value |= (next & 0x7fL) << (7 * i);
            if (next >= 0) {
                if (next == 0 && i > 0) {
                    throw new MalformedPointerException("number in a pointer is not in its shortest form");
                }
                return value;
            }
        }
        throw new MalformedPointerException("number in a pointer is too long");
    }

    private static int uvarintBytes(long value) {
        return value == 0 ? 1 : (63 - Long.numberOfLeadingZeros(value)) / 7 + 1;
    }

    private static void need(ByteBuf in, int bytes) {
        if (in.readableBytes() < bytes) {
            throw new MalformedPointerException("pointer ends early");
        }
    }
}
