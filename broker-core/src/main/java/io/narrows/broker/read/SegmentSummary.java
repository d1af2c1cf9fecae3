package io.narrows.broker.read;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.utils.ByteUtils;
import org.apache.kafka.common.utils.Crc32C;

/**
 * What a broker has to know of a closed segment with or without links, so that it need not read the segment when it starts;
 * see docs/formats/segment-summary.md. It belongs to the segment file with this base offset, size and time of its last change,
 * and to no other. Immutable; the codec is stateless.
 *
 * <pre>
 *  0       4         5            8            16             20               28           32
 * +-------+---------+------------+------------+--------------+----------------+------------+
 * | magic | version | 0, 0, 0    | baseOffset | segmentBytes | lastModifiedMs | lastLinkEnd|
 * | "NSUM"| u8 = 1  |            | i64        | i32          | i64            | i32        |
 * +-------+---------+------------+------------+--------------+----------------+------------+
 *  32           40           44                  48
 * +------------+------------+-------------------+-----------+------------+--------+
 * | extraBytes | positions  | referencesBytes   | positions | references | crc32c |
 * | i64        | bytes i32  | i32               |           |            | u32    |
 * +------------+------------+-------------------+-----------+------------+--------+
 * </pre>
 */
@SuppressWarnings("ArrayRecordComponent")
public record SegmentSummary(Segment segment, LinkSizes links, byte[] references) {
    /** The most bytes that are written or read; a segment that would need more is read at each start. */
    public static final int MAX_BYTES = 64 << 20;

    private static final int MAGIC = 0x4e53554d;
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 48;

    /** The file that a summary belongs to. */
    public record Segment(long baseOffset, int sizeBytes, long lastModifiedMs) {}

    /**
     * What the links of a segment stand for beyond their own bytes: in total and, unless the arrays are empty, up to the end
     * of each link. {@code lastLinkEnd} is the position behind the last link, 0 without links.
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record LinkSizes(int lastLinkEnd, long extraBytes, int[] ends, long[] extras) {
        static final LinkSizes NONE = new LinkSizes(0, 0, new int[0], new long[0]);
    }

    /** How many bytes {@link #write} needs. */
    public int sizeBytes() {
        return HEADER_BYTES + positionBytes() + references.length + Integer.BYTES;
    }

    private int positionBytes() {
        int bytes = 0;
        int end = 0;
        long extra = 0;
        for (int i = 0; i < links.ends().length; i++) {
            bytes += ByteUtils.sizeOfVarint(links.ends()[i] - end);
            bytes += ByteUtils.sizeOfVarlong(links.extras()[i] - extra);
            end = links.ends()[i];
            extra = links.extras()[i];
        }
        return bytes;
    }

    public ByteBuffer write() {
        ByteBuffer out = ByteBuffer.allocate(sizeBytes());
        out.putInt(MAGIC).putInt(VERSION << 24);
        out.putLong(segment.baseOffset()).putInt(segment.sizeBytes()).putLong(segment.lastModifiedMs());
        out.putInt(links.lastLinkEnd()).putLong(links.extraBytes());
        out.putInt(positionBytes()).putInt(references.length);
        int end = 0;
        long extra = 0;
        for (int i = 0; i < links.ends().length; i++) {
            ByteUtils.writeVarint(links.ends()[i] - end, out);
            ByteUtils.writeVarlong(links.extras()[i] - extra, out);
            end = links.ends()[i];
            extra = links.extras()[i];
        }
        out.put(references);
        out.putInt((int) Crc32C.compute(out.array(), 0, out.position()));
        return out.flip();
    }

    /**
     * Reads a whole summary. Borrows {@code in}.
     *
     * @throws IllegalArgumentException for anything but an undamaged summary of a known version
     */
    public static SegmentSummary read(ByteBuffer in) {
        ByteBuffer bytes = in.slice();
        int size = bytes.limit();
        require(size >= HEADER_BYTES + Integer.BYTES && size <= MAX_BYTES, "size");
        require(bytes.getInt() == MAGIC && bytes.getInt() == VERSION << 24, "magic or version");
        int crc = (int) Crc32C.compute(bytes, -bytes.position(), size - Integer.BYTES);
        require(bytes.getInt(size - Integer.BYTES) == crc, "checksum");
        try {
            Segment segment = new Segment(bytes.getLong(), bytes.getInt(), bytes.getLong());
            int lastLinkEnd = bytes.getInt();
            long extraBytes = bytes.getLong();
            int positions = bytes.getInt();
            int references = bytes.getInt();
            require(positions >= 0 && references >= 0, "length");
            require((long) HEADER_BYTES + positions + references + Integer.BYTES == size, "length");
            LinkSizes links = links(bytes.slice(HEADER_BYTES, positions), lastLinkEnd, extraBytes);
            require(segment.baseOffset() >= 0 && lastLinkEnd >= 0 && lastLinkEnd <= segment.sizeBytes(), "position");
            byte[] kept = new byte[references];
            bytes.get(HEADER_BYTES + positions, kept);
            return new SegmentSummary(segment, links, kept);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("the segment summary is truncated", e);
        }
    }

    private static LinkSizes links(ByteBuffer positions, int lastLinkEnd, long extraBytes) {
        // Two bytes a link at least.
        int[] ends = new int[positions.limit() / 2];
        long[] extras = new long[ends.length];
        int count = 0;
        int end = 0;
        long extra = 0;
        while (positions.hasRemaining()) {
            int step = ByteUtils.readVarint(positions);
            require(step > 0 && count < ends.length, "position of a link");
            end += step;
            extra += ByteUtils.readVarlong(positions);
            ends[count] = end;
            extras[count++] = extra;
        }
        require(count == 0 || (end == lastLinkEnd && extra == extraBytes), "total");
        return new LinkSizes(lastLinkEnd, extraBytes, Arrays.copyOf(ends, count), Arrays.copyOf(extras, count));
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException("unexpected " + what + " in a segment summary");
        }
    }
}
