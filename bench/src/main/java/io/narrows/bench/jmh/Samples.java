package io.narrows.bench.jmh;

import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import java.nio.ByteBuffer;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Inputs that benchmarks share. */
final class Samples {
    private static final int RECORD_BYTES = 1024;

    private Samples() {}

    /** A pointer as they are in production, to a batch of this size. */
    static Pointer pointer(int length) {
        return new Pointer(new WalObjectId("proxy-a", 1_763_800_000_000L, 123_456), 1_048_576, length, 0x1234_5678);
    }

    /** An idempotent producer's batch of about so many bytes that do not compress. */
    static ByteBuffer batch(int bytes) {
        Random random = new Random(1);
        SimpleRecord[] records = new SimpleRecord[Math.max(1, bytes / RECORD_BYTES)];
        for (int i = 0; i < records.length; i++) {
            byte[] value = new byte[RECORD_BYTES];
            random.nextBytes(value);
            records[i] = new SimpleRecord(1_763_800_000_000L + i, null, value);
        }
        return MemoryRecords.withIdempotentRecords(Compression.NONE, 42L, (short) 0, 0, records)
                .buffer();
    }
}
