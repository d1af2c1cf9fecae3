package io.narrows.cli.verify;

import java.util.Arrays;

/**
 * Builds and checks the value of a test record: a header that names producer, partition and sequence, followed by bytes
 * of a shared {@link Slab} that the header determines. Checking compares every byte with what must be there, which is
 * stronger than a checksum and as cheap. Stateless.
 *
 * <pre>
 *   0        4          8           12          20                 size
 *   | run id | producer | partition | sequence  | bytes of the slab ... |
 * </pre>
 */
public final class RecordStamp {
    /** Smallest record: the header alone. */
    public static final int HEADER_BYTES = 20;

    private RecordStamp() {}

    public static byte[] build(Slab slab, Stamp stamp, int sizeBytes) {
        byte[] value = new byte[Math.max(HEADER_BYTES, sizeBytes)];
        putInt(value, 0, slab.runId());
        putInt(value, 4, stamp.producer());
        putInt(value, 8, stamp.partition());
        putInt(value, 12, (int) (stamp.sequence() >>> 32));
        putInt(value, 16, (int) stamp.sequence());
        slab.copyTo(value, HEADER_BYTES, stamp);
        return value;
    }

    /** The run a value belongs to; false for anything that is too short to be ours. */
    public static boolean isOfRun(byte[] value, int runId) {
        return value.length >= HEADER_BYTES && intAt(value, 0) == runId;
    }

    public static Stamp read(byte[] value) {
        long sequence = ((long) intAt(value, 12) << 32) | (intAt(value, 16) & 0xffff_ffffL);
        return new Stamp(intAt(value, 4), intAt(value, 8), sequence);
    }

    /** Whether every byte behind the header is the one that was written. */
    public static boolean isIntact(Slab slab, Stamp stamp, byte[] value) {
        return slab.equalTo(value, HEADER_BYTES, stamp);
    }

    private static void putInt(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 24);
        bytes[at + 1] = (byte) (value >>> 16);
        bytes[at + 2] = (byte) (value >>> 8);
        bytes[at + 3] = (byte) value;
    }

    private static int intAt(byte[] bytes, int at) {
        return (bytes[at] << 24)
                | ((bytes[at + 1] & 0xff) << 16)
                | ((bytes[at + 2] & 0xff) << 8)
                | (bytes[at + 3] & 0xff);
    }

    /** Who wrote a record, where, and as which one: sequences of one producer and partition have no holes. */
    public record Stamp(int producer, int partition, long sequence) {}

    /** Random bytes that all records of a run share; the same run id gives the same bytes in every process. */
    public static final class Slab {
        private static final int MAX_RECORD_BYTES = 8 << 20;

        private final int runId;
        private final byte[] bytes;
        private final int offsets;

        private Slab(int runId, byte[] bytes, int offsets) {
            this.runId = runId;
            this.bytes = bytes;
            this.offsets = offsets;
        }

        /** A slab for records of at most {@code maxRecordBytes}. */
        public static Slab of(int runId, Payload payload, int maxRecordBytes) {
            if (maxRecordBytes > MAX_RECORD_BYTES) {
                throw new IllegalArgumentException("a test record must have at most " + MAX_RECORD_BYTES + " bytes");
            }
            int offsets = 1 << 20;
            byte[] bytes = new byte[offsets + maxRecordBytes];
            payload.fill(bytes, runId);
            return new Slab(runId, bytes, offsets);
        }

        public int runId() {
            return runId;
        }

        void copyTo(byte[] value, int from, Stamp stamp) {
            System.arraycopy(bytes, offset(stamp), value, from, value.length - from);
        }

        boolean equalTo(byte[] value, int from, Stamp stamp) {
            int offset = offset(stamp);
            int length = value.length - from;
            return offset + length <= bytes.length
                    && Arrays.equals(value, from, value.length, bytes, offset, offset + length);
        }

        /** Spreads neighbouring sequences far apart, so that a mixed-up payload cannot pass. */
        private int offset(Stamp stamp) {
            long mixed = (stamp.sequence() * 31 + stamp.producer()) * 31 + stamp.partition();
            mixed *= 0x9E3779B97F4A7C15L;
            return (int) ((mixed >>> 33) % offsets);
        }
    }
}
