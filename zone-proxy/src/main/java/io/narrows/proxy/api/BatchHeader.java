package io.narrows.proxy.api;

import io.narrows.router.lane.ProducerSequence;
import io.netty.buffer.ByteBuf;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * The few fields of a record batch v2 that the proxy looks at; checksums and records are the leader's business.
 *
 * <pre>
 *  0 baseOffset(8)  8 batchLength(4)  12 leaderEpoch(4)  16 magic(1)  17 crc(4)  21 attributes(2)
 * 23 lastOffsetDelta(4)  27 baseTimestamp(8)  35 maxTimestamp(8)
 * 43 producerId(8)  51 producerEpoch(2)  53 baseSequence(4)  57 recordsCount(4)  61 records
 * </pre>
 */
final class BatchHeader {
    static final int HEADER_BYTES = 61;

    private static final int LENGTH_POSITION = 8;
    private static final int MAGIC_POSITION = 16;
    private static final int ATTRIBUTES_POSITION = 21;
    private static final int LAST_OFFSET_DELTA_POSITION = 23;
    private static final int PRODUCER_ID_POSITION = 43;
    private static final int PRODUCER_EPOCH_POSITION = 51;
    private static final int BASE_SEQUENCE_POSITION = 53;

    /** What batchLength does not count: baseOffset and batchLength itself. */
    private static final int LOG_OVERHEAD = 12;

    private static final int COMPRESSION_MASK = 0x07;
    private static final short FIRST_VERSION_WITH_ZSTD = 7;

    private BatchHeader() {}

    /** Exactly one whole v2 batch, as a broker demands of each partition of a Produce request. Borrows {@code bytes}. */
    static Errors check(ByteBuf bytes, short produceVersion) {
        int size = bytes.readableBytes();
        int start = bytes.readerIndex();
        if (size < HEADER_BYTES || bytes.getByte(start + MAGIC_POSITION) != RecordBatch.MAGIC_VALUE_V2) {
            return Errors.INVALID_RECORD;
        }
        if (bytes.getInt(start + LENGTH_POSITION) != size - LOG_OVERHEAD) {
            return Errors.INVALID_RECORD;
        }
        int compression = bytes.getShort(start + ATTRIBUTES_POSITION) & COMPRESSION_MASK;
        if (compression > CompressionType.ZSTD.id) {
            return Errors.INVALID_RECORD;
        }
        if (compression == CompressionType.ZSTD.id && produceVersion < FIRST_VERSION_WITH_ZSTD) {
            return Errors.UNSUPPORTED_COMPRESSION_TYPE;
        }
        return Errors.NONE;
    }

    /** Borrows {@code bytes}, which passed {@link #check}. */
    static ProducerSequence producer(ByteBuf bytes) {
        int start = bytes.readerIndex();
        return ProducerSequence.of(
                bytes.getLong(start + PRODUCER_ID_POSITION),
                bytes.getShort(start + PRODUCER_EPOCH_POSITION),
                bytes.getInt(start + BASE_SEQUENCE_POSITION),
                bytes.getInt(start + LAST_OFFSET_DELTA_POSITION));
    }
}
