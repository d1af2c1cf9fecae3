package io.narrows.broker.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.storage.internals.log.FetchDataInfo;

/** The small reads of followers, as bytes in memory. Stateless. */
final class GatheredLinks {
    /** About a hundred links: what copying costs is less than a packet of its own for every partition. */
    private static final int MAX_BYTES = 16 << 10;

    private GatheredLinks() {}

    /**
     * A few links as bytes instead of a stretch of the file: Kafka sends each stretch by itself, and a follower's answer
     * would be as many small packets as partitions have news, with headers larger than the links in them. What bytes are
     * in memory leave in one.
     */
    static FetchDataInfo of(FetchDataInfo stock) throws IOException {
        int size = stock.records.sizeInBytes();
        if (!(stock.records instanceof FileRecords file) || size == 0 || size > MAX_BYTES) {
            return stock;
        }
        ByteBuffer bytes = ByteBuffer.allocate(size);
        file.readInto(bytes, 0);
        return new FetchDataInfo(
                stock.fetchOffsetMetadata,
                MemoryRecords.readableRecords(bytes),
                stock.firstEntryIncomplete,
                stock.abortedTransactions);
    }
}
