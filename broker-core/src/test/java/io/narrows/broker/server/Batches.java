package io.narrows.broker.server;

import java.nio.ByteBuffer;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Batches as producers build them; each record's value starts with the batch's number and its index in the batch. */
public final class Batches {
    /** Recent, so that retention and the expiry of producers leave the batches alone. */
    private static final long START_MS = System.currentTimeMillis();

    private Batches() {}

    public static byte[] plain(int number, int records, int recordBytes) {
        return bytes(MemoryRecords.withRecords(Compression.NONE, records(number, records, recordBytes)));
    }

    static byte[] idempotent(long producerId, int number, int records, int recordBytes) {
        return bytes(MemoryRecords.withIdempotentRecords(
                Compression.NONE, producerId, (short) 0, number * records, records(number, records, recordBytes)));
    }

    static byte[] transactional(long producerId, short epoch, int sequence, SimpleRecord... records) {
        return bytes(MemoryRecords.withTransactionalRecords(Compression.NONE, producerId, epoch, sequence, records));
    }

    static SimpleRecord[] records(int number, int count, int recordBytes) {
        Random random = new Random(number);
        SimpleRecord[] records = new SimpleRecord[count];
        for (int i = 0; i < count; i++) {
            byte[] value = new byte[recordBytes];
            random.nextBytes(value);
            ByteBuffer.wrap(value).putInt(number).putInt(i);
            records[i] = new SimpleRecord(START_MS + number, null, value);
        }
        return records;
    }

    static int numberOf(byte[] value) {
        return ByteBuffer.wrap(value).getInt();
    }

    private static byte[] bytes(MemoryRecords records) {
        ByteBuffer buffer = records.buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }
}
