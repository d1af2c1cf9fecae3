package io.narrows.broker.gc.collector;

import static io.narrows.broker.gc.collector.MalformedGcObjectException.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.roaringbitmap.RoaringBitmap;

/**
 * The bytes of a {@link SequenceSet} in an answer: the portable format of Roaring bitmaps of 64 bits, little-endian.
 *
 * <pre>
 *   number of bitmaps (8) | for each: the high 32 bits (4) | RoaringFormatSpec
 * </pre>
 */
final class SequenceBitmaps {
    private SequenceBitmaps() {}

    static long bytes(SequenceSet sequences) {
        long bytes = Long.BYTES;
        for (RoaringBitmap bitmap : sequences.bitmaps().values()) {
            bytes += Integer.BYTES + bitmap.serializedSizeInBytes();
        }
        return bytes;
    }

    static void write(SequenceSet sequences, ByteBuffer to) {
        ByteBuffer out = to.order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(sequences.bitmaps().size());
        for (Map.Entry<Integer, RoaringBitmap> entry : sequences.bitmaps().entrySet()) {
            out.putInt(entry.getKey());
            entry.getValue().serialize(out);
        }
    }

    /** Reads the next {@code length} bytes. Throws {@link MalformedGcObjectException} for anything else than a set. */
    static SequenceSet read(ByteBuffer from, int length) {
        ByteBuffer in = from.slice(from.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        from.position(from.position() + length);
        SequenceSet sequences = new SequenceSet();
        try {
            long bitmaps = in.getLong();
            check(bitmaps > 0 && bitmaps <= length / Integer.BYTES, "number of bitmaps");
            for (long i = 0; i < bitmaps; i++) {
                int high = in.getInt();
                check(high >= 0 && !sequences.bitmaps().containsKey(high), "high bits of a bitmap");
                RoaringBitmap bitmap = new RoaringBitmap();
                bitmap.deserialize(in);
                in.position(in.position() + bitmap.serializedSizeInBytes());
                check(!bitmap.isEmpty(), "empty bitmap");
                sequences.adopt(high, bitmap);
            }
        } catch (IOException | RuntimeException e) {
            throw e instanceof MalformedGcObjectException malformed
                    ? malformed
                    : new MalformedGcObjectException("bitmap cannot be read: " + e);
        }
        check(!in.hasRemaining(), "end of a bitmap");
        return sequences;
    }
}
