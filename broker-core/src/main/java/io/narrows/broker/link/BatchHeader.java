package io.narrows.broker.link;

import java.nio.ByteBuffer;

/**
 * Fields of Kafka's record batch v2 at absolute positions of a buffer, without objects: the header is all that planning
 * and substitution look at. Borrows its buffers and never moves their positions.
 *
 * <pre>
 *  0            8        12            16      17    21           23                27
 * +------------+--------+-------------+-------+-----+------------+-----------------+---------------+
 * | baseOffset | length | leaderEpoch | magic | crc | attributes | lastOffsetDelta | baseTimestamp |
 * +------------+--------+-------------+-------+-----+------------+-----------------+---------------+
 *  35             43           51              53             57      61
 * +--------------+------------+---------------+--------------+-------+---------
 * | maxTimestamp | producerId | producerEpoch | baseSequence | count | records
 * +--------------+------------+---------------+--------------+-------+---------
 * </pre>
 */
public final class BatchHeader {
    /** Bytes of a header. */
    public static final int SIZE = 61;
    /** Bytes in front of what the length field counts. */
    public static final int LENGTH_OVERHEAD = 12;

    static final int LENGTH_AT = 8;
    static final int LEADER_EPOCH_AT = 12;
    static final int MAGIC_AT = 16;
    static final int CRC_AT = 17;
    static final int ATTRIBUTES_AT = 21;
    static final int LAST_OFFSET_DELTA_AT = 23;
    static final int BASE_TIMESTAMP_AT = 27;
    static final int MAX_TIMESTAMP_AT = 35;
    static final int PRODUCER_ID_AT = 43;
    static final int PRODUCER_EPOCH_AT = 51;
    static final int BASE_SEQUENCE_AT = 53;
    static final int COUNT_AT = 57;

    static final byte MAGIC = 2;
    static final int COMPRESSION_MASK = 0x07;
    static final int CONTROL_MASK = 0x20;

    private BatchHeader() {}

    /** Size of the whole batch in bytes as its length field says; may be any number in corrupt bytes. */
    public static int size(ByteBuffer buffer, int at) {
        return LENGTH_OVERHEAD + buffer.getInt(at + LENGTH_AT);
    }

    /** Whether a plausible v2 batch starts at {@code at} and its header is inside the buffer. */
    public static boolean isPlausible(ByteBuffer buffer, int at) {
        return at + SIZE <= buffer.limit() && buffer.get(at + MAGIC_AT) == MAGIC && size(buffer, at) >= SIZE;
    }

    public static long baseOffset(ByteBuffer buffer, int at) {
        return buffer.getLong(at);
    }

    public static long lastOffset(ByteBuffer buffer, int at) {
        return buffer.getLong(at) + buffer.getInt(at + LAST_OFFSET_DELTA_AT);
    }

    public static long baseTimestamp(ByteBuffer buffer, int at) {
        return buffer.getLong(at + BASE_TIMESTAMP_AT);
    }

    public static long maxTimestamp(ByteBuffer buffer, int at) {
        return buffer.getLong(at + MAX_TIMESTAMP_AT);
    }

    /** -1 without one. */
    public static long producerId(ByteBuffer buffer, int at) {
        return buffer.getLong(at + PRODUCER_ID_AT);
    }

    public static short producerEpoch(ByteBuffer buffer, int at) {
        return buffer.getShort(at + PRODUCER_EPOCH_AT);
    }

    public static int baseSequence(ByteBuffer buffer, int at) {
        return buffer.getInt(at + BASE_SEQUENCE_AT);
    }

    public static int leaderEpoch(ByteBuffer buffer, int at) {
        return buffer.getInt(at + LEADER_EPOCH_AT);
    }

    public static int crc(ByteBuffer buffer, int at) {
        return buffer.getInt(at + CRC_AT);
    }

    public static boolean isControl(ByteBuffer buffer, int at) {
        return (buffer.getShort(at + ATTRIBUTES_AT) & CONTROL_MASK) != 0;
    }

    /** Writes the two fields that are assigned at the append and lie outside the batch's CRC. */
    public static void assign(ByteBuffer buffer, int at, long baseOffset, int leaderEpoch) {
        buffer.putLong(at, baseOffset);
        buffer.putInt(at + LEADER_EPOCH_AT, leaderEpoch);
    }
}
