package io.narrows.broker.tier;

import io.narrows.relay.range.StoredRange;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata.CustomMetadata;

/**
 * Where the bytes of a segment object are: {@code dataBytes} of batches in parts of {@code partBytes}, checked in blocks of
 * {@code blockBytes}, and a tail behind them in the last part. Kept in Kafka's metadata of the segment. Immutable.
 *
 * <pre>
 *  0         1           5           9            13          17
 * +---------+-----------+-----------+------------+-----------+---------+
 * | u8 = 1  | dataBytes | partBytes | blockBytes | tailBytes | tailCrc |
 * +---------+-----------+-----------+------------+-----------+---------+ 21
 * </pre>
 */
record SegmentLayout(int dataBytes, int partBytes, int blockBytes, int tailBytes, int tailCrc) {
    static final int VERSION = 1;
    static final int SIZE = 21;

    SegmentLayout {
        if (dataBytes <= 0
                || blockBytes < 1024
                || partBytes < blockBytes
                || partBytes % blockBytes != 0
                || tailBytes < SegmentTail.FOOTER_BYTES
                || tailBytes > SegmentTail.MAX_BYTES) {
            throw new CorruptSegmentException("impossible layout of a segment object: " + dataBytes + " in " + partBytes
                    + " by " + blockBytes + ", tail " + tailBytes);
        }
    }

    CustomMetadata toMetadata() {
        ByteBuffer bytes = ByteBuffer.allocate(SIZE)
                .put((byte) VERSION)
                .putInt(dataBytes)
                .putInt(partBytes)
                .putInt(blockBytes)
                .putInt(tailBytes)
                .putInt(tailCrc);
        return new CustomMetadata(bytes.array());
    }

    /** Throws {@link CorruptSegmentException} for anything but a layout of a known version. */
    static SegmentLayout of(CustomMetadata metadata) {
        ByteBuffer bytes = ByteBuffer.wrap(metadata.value());
        if (bytes.remaining() != SIZE || bytes.get() != VERSION) {
            throw new CorruptSegmentException("unknown layout of a segment object");
        }
        return new SegmentLayout(bytes.getInt(), bytes.getInt(), bytes.getInt(), bytes.getInt(), bytes.getInt());
    }

    int lastPart() {
        return (dataBytes - 1) / partBytes;
    }

    int blocks() {
        return (dataBytes - 1) / blockBytes + 1;
    }

    int blockOf(int position) {
        return position / blockBytes;
    }

    int startOf(int block) {
        return block * blockBytes;
    }

    int lengthOf(int block) {
        return Math.min(blockBytes, dataBytes - startOf(block));
    }

    StoredRange tail(SegmentObjectId segment) {
        return new Range(segment.part(lastPart()), dataBytes - lastPart() * partBytes, tailBytes, tailCrc);
    }

    StoredRange block(SegmentObjectId segment, int block, SegmentTail tail) {
        int start = startOf(block);
        return new Range(segment.part(start / partBytes), start % partBytes, lengthOf(block), tail.blockCrc(block));
    }

    List<String> keys(SegmentObjectId segment) {
        List<String> keys = new ArrayList<>();
        for (int part = 0; part <= lastPart(); part++) {
            keys.add(segment.part(part).key());
        }
        return keys;
    }

    private record Range(SegmentObjectId.Part object, int position, int length, int crc32c) implements StoredRange {}
}
