package io.narrows.router.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Reads a message from its frame for Kafka's generated classes, which allocate what the message declares: nothing is
 * read or declared beyond the frame, and the number of fields (hence of objects) is limited by the size of the frame,
 * since a byte of frame could cost a hundred bytes of heap. Record bytes stay in the frame. Borrows the frame; used by one thread.
 */
public final class BoundedReadable implements Readable {
    /** What a message of any size may have. */
    private static final int MIN_FIELDS = 20_000;

    /**
     * What clients send has more bytes for each field: Fetch 4.7, OffsetCommit 3, names as long as they are. Less is
     * a message of empty elements, each an object of some 40 bytes.
     */
    private static final int MIN_BYTES_PER_FIELD = 2;

    /** Of every string in Kafka's protocol. */
    private static final int MAX_STRING_BYTES = Short.MAX_VALUE;

    private final ByteBuf frame;
    private final int end;
    private final IdentityHashMap<BaseRecords, Range> ranges = new IdentityHashMap<>();
    private int position;
    private final int fields;
    private int fieldsLeft;

    private record Range(int position, int length) {}

    public BoundedReadable(ByteBuf frame) {
        this(frame, frame.readerIndex(), MIN_FIELDS + frame.readableBytes() / MIN_BYTES_PER_FIELD);
    }

    private BoundedReadable(ByteBuf frame, int position, int fieldsLeft) {
        this.frame = frame;
        this.position = position;
        this.end = frame.writerIndex();
        this.fields = fieldsLeft;
        this.fieldsLeft = fieldsLeft;
    }

    /** Generated readers compare the declared length of an array with this before they allocate it. */
    @Override
    public int remaining() {
        return Math.min(end - position, fieldsLeft);
    }

    /** Fields that were read, among them each byte of an integer of variable length. */
    public int fieldsRead() {
        return fields - fieldsLeft;
    }

    public boolean atEnd() {
        return position == end;
    }

    @Override
    public byte readByte() {
        return frame.getByte(take(Byte.BYTES));
    }

    @Override
    public short readShort() {
        return frame.getShort(take(Short.BYTES));
    }

    @Override
    public int readInt() {
        return frame.getInt(take(Integer.BYTES));
    }

    @Override
    public long readLong() {
        return frame.getLong(take(Long.BYTES));
    }

    @Override
    public double readDouble() {
        return frame.getDouble(take(Double.BYTES));
    }

    @Override
    public byte[] readArray(int length) {
        byte[] bytes = new byte[checkLength(length)];
        frame.getBytes(take(length), bytes);
        return bytes;
    }

    /**
     * A byte that is not UTF-8 becomes U+FFFD, as at a broker, and has three bytes when it is written again. A string that
     * could not be written any more is refused here, so that no request or response with it fails later.
     */
    @Override
    public String readString(int length) {
        String text = Readable.super.readString(length);
        if (length > MAX_STRING_BYTES / 3 && ByteBufUtil.utf8Bytes(text) > MAX_STRING_BYTES) {
            throw new InvalidRequestException(
                    "a string of " + length + " bytes is not UTF-8; send UTF-8 or a shorter string");
        }
        return text;
    }

    @Override
    public ByteBuffer readByteBuffer(int length) {
        return frame.nioBuffer(take(checkLength(length)), length);
    }

    @Override
    public MemoryRecords readRecords(int length) {
        if (length < 0) {
            return Readable.super.readRecords(length);
        }
        int start = take(checkLength(length));
        MemoryRecords records = MemoryRecords.readableRecords(frame.nioBuffer(start, length));
        ranges.put(records, new Range(start, length));
        return records;
    }

    /** The bytes of records that were read here: a slice of the frame, retained for the caller. */
    public ByteBuf retainedSlice(BaseRecords records) {
        Range range = ranges.get(records);
        if (range == null) {
            throw new IllegalStateException("invariant violated: records of another message");
        }
        return frame.retainedSlice(range.position(), range.length());
    }

    @Override
    public int readUnsignedVarint() {
        return (int) readVar(5);
    }

    @Override
    public int readVarint() {
        int raw = (int) readVar(5);
        return (raw >>> 1) ^ -(raw & 1);
    }

    @Override
    public long readVarlong() {
        long raw = readVar(10);
        return (raw >>> 1) ^ -(raw & 1);
    }

    @Override
    public Readable slice() {
        return new BoundedReadable(frame, position, fieldsLeft);
    }

    /** Little-endian groups of seven bits, the high bit set on all but the last. */
    private long readVar(int maxBytes) {
        long value = 0;
        for (int i = 0; i < maxBytes; i++) {
            byte next = readByte();
            value |= (long) (next & 0x7f) << (7 * i);
            if (next >= 0) {
                return value;
            }
        }
        throw new InvalidRequestException("a variable-length integer has more than " + maxBytes + " bytes");
    }

    private int checkLength(int length) {
        if (length < 0 || length > end - position) {
            throw new InvalidRequestException(
                    "a field declares " + length + " bytes where " + (end - position) + " are left");
        }
        return length;
    }

    private int take(int length) {
        checkLength(length);
        if (--fieldsLeft < 0) {
            throw new InvalidRequestException("a message has too many fields");
        }
        int start = position;
        position += length;
        return start;
    }
}
