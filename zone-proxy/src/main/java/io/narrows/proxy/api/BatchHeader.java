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

    /** The least batchLength that Kafka reads on with, that of its first format (LegacyRecord.RECORD_OVERHEAD_V0). */
    private static final int MIN_LENGTH = 14;

    private static final int COMPRESSION_MASK = 0x07;
    private static final short FIRST_VERSION_WITH_ZSTD = 7;

    private BatchHeader() {}

    /**
     * One whole v2 batch, as a broker demands of each partition of a Produce request, with Kafka's errors for what is none
     * ({@code ProduceRequest.validateRecords}). Borrows {@code bytes}, which are {@link #withoutRest}.
     */
    static Errors check(ByteBuf bytes, short produceVersion) {
        int size = bytes.readableBytes();
        int start = bytes.readerIndex();
        if (size >= LOG_OVERHEAD && bytes.getInt(start + LENGTH_POSITION) < MIN_LENGTH) {
            return Errors.CORRUPT_MESSAGE;
        }
        if (size <= MAGIC_POSITION) {
            return Errors.INVALID_RECORD;
        }
        byte magic = bytes.getByte(start + MAGIC_POSITION);
        if (magic < RecordBatch.MAGIC_VALUE_V0 || magic > RecordBatch.CURRENT_MAGIC_VALUE) {
            return Errors.CORRUPT_MESSAGE;
        }
        int batchBytes = bytes.getInt(start + LENGTH_POSITION) + LOG_OVERHEAD;
        if (magic != RecordBatch.MAGIC_VALUE_V2 || batchBytes > size || batchBytes < 0) {
            return Errors.INVALID_RECORD;
        }
        if (batchBytes < size) {
            return errorOfRest(bytes, start + batchBytes, size - batchBytes);
        }
        return size < HEADER_BYTES ? Errors.CORRUPT_MESSAGE : checkCompression(bytes, produceVersion);
    }

    private static Errors checkCompression(ByteBuf bytes, short produceVersion) {
        int compression = bytes.getShort(bytes.readerIndex() + ATTRIBUTES_POSITION) & COMPRESSION_MASK;
        if (compression > CompressionType.ZSTD.id) {
            return Errors.INVALID_RECORD;
        }
        if (compression == CompressionType.ZSTD.id && produceVersion < FIRST_VERSION_WITH_ZSTD) {
            return Errors.UNSUPPORTED_COMPRESSION_TYPE;
        }
        return Errors.NONE;
    }

    /**
     * The first batch alone if what follows it cannot be a batch: a broker cuts that off. Everything if there may be a second
     * one. Takes over {@code bytes}, which are the result.
     */
    static ByteBuf withoutRest(ByteBuf bytes) {
        int size = bytes.readableBytes();
        int start = bytes.readerIndex();
        if (size < LOG_OVERHEAD) {
            return bytes;
        }
        long batchBytes = (long) bytes.getInt(start + LENGTH_POSITION) + LOG_OVERHEAD;
        long rest = size - batchBytes;
        return batchBytes >= HEADER_BYTES
                        && rest > 0
                        && errorOfRest(bytes, start + (int) batchBytes, (int) rest) == Errors.NONE
                ? bytes.writerIndex(start + (int) batchBytes)
                : bytes;
    }

    /** NONE if a broker takes it for the beginning of a batch whose end is missing. */
    private static Errors errorOfRest(ByteBuf bytes, int start, int size) {
        if (size < LOG_OVERHEAD) {
            return Errors.NONE;
        }
        int length = bytes.getInt(start + LENGTH_POSITION);
        if (length < MIN_LENGTH) {
            return Errors.CORRUPT_MESSAGE;
        }
        if (size <= MAGIC_POSITION) {
            return Errors.NONE;
        }
        byte magic = bytes.getByte(start + MAGIC_POSITION);
        if (magic < RecordBatch.MAGIC_VALUE_V0 || magic > RecordBatch.CURRENT_MAGIC_VALUE) {
            return Errors.CORRUPT_MESSAGE;
        }
        return length > size - LOG_OVERHEAD ? Errors.NONE : Errors.INVALID_RECORD;
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
