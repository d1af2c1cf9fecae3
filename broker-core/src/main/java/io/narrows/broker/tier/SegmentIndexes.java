package io.narrows.broker.tier;

import io.narrows.broker.link.BatchHeader;
import java.nio.ByteBuffer;

/**
 * Rebuilds the offset and time index of a segment by the rule of Kafka's {@code LogSegment}, from headers and the positions
 * of the real batches. Used by one thread.
 */
final class SegmentIndexes {
    /** Kafka's default for {@code index.interval.bytes}. */
    static final int INTERVAL_BYTES = 4096;

    private static final int OFFSET_ENTRY_BYTES = 8;
    private static final int TIME_ENTRY_BYTES = 12;

    private final long baseOffset;
    private ByteBuffer offsets = ByteBuffer.allocate(OFFSET_ENTRY_BYTES * 256);
    private ByteBuffer times = ByteBuffer.allocate(TIME_ENTRY_BYTES * 256);
    private long bytesSinceEntry;
    private long maxTimestamp = -1;
    private long offsetOfMaxTimestamp;
    private long lastTimestampEntry = -1;

    SegmentIndexes(long baseOffset) {
        this.baseOffset = baseOffset;
        this.offsetOfMaxTimestamp = baseOffset;
    }

    /** Counts the batch whose header is at {@code at}, and which lies at {@code position} of the segment. */
    void add(ByteBuffer batches, int at, int position) {
        long lastOffset = BatchHeader.lastOffset(batches, at);
        long timestamp = BatchHeader.maxTimestamp(batches, at);
        if (timestamp > maxTimestamp) {
            maxTimestamp = timestamp;
            offsetOfMaxTimestamp = lastOffset;
        }
        if (bytesSinceEntry > INTERVAL_BYTES) {
            offsets = roomFor(offsets, OFFSET_ENTRY_BYTES);
            offsets.putInt(relative(lastOffset)).putInt(position);
            addTime();
            bytesSinceEntry = 0;
        }
        bytesSinceEntry += BatchHeader.size(batches, at);
    }

    ByteBuffer offsetIndex() {
        return offsets.duplicate().flip();
    }

    /** Ends with the largest timestamp, as that of a closed segment does. */
    ByteBuffer timeIndex() {
        addTime();
        return times.duplicate().flip();
    }

    private void addTime() {
        if (maxTimestamp > lastTimestampEntry) {
            times = roomFor(times, TIME_ENTRY_BYTES);
            times.putLong(maxTimestamp).putInt(relative(offsetOfMaxTimestamp));
            lastTimestampEntry = maxTimestamp;
        }
    }

    private int relative(long offset) {
        return Math.toIntExact(offset - baseOffset);
    }

    private static ByteBuffer roomFor(ByteBuffer buffer, int bytes) {
        return buffer.remaining() >= bytes
                ? buffer
                : ByteBuffer.allocate(buffer.capacity() * 2).put(buffer.flip());
    }
}
