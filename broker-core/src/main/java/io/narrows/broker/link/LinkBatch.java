package io.narrows.broker.link;

import io.narrows.relay.Checks;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.PointerCodec;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.utils.ByteUtils;
import org.apache.kafka.common.utils.Crc32C;

/**
 * A link batch: a legal v2 batch that stands in a log for the data batch behind {@code pointer}; see
 * docs/formats/link-batch.md. {@code attributes}, {@code count} and {@code batchCrc} are those of the data batch, whose
 * size is the pointer's length. The codec is stateless, borrows its buffers and works at absolute positions.
 *
 * <pre>
 *  0               61                        value
 * +---------------+-------------------------+---------+------------+-------+----------+---------+
 * | header of the | record: length, attr 0, | version | attributes | count | batchCrc | pointer |
 * | data batch *) | timestamp delta, offset | u8 = 1  | i16        | i32   | u32      |         |
 * |               | delta 0, no key, length | 0       | 1          | 3     | 7        | 11      |
 * +---------------+-------------------------+---------+------------+-------+----------+---------+
 *                                                                       then: 0 record headers
 * *) but length, CRC, count = 1, compression = none, link flag set
 * </pre>
 */
public record LinkBatch(Pointer pointer, short attributes, int count, int batchCrc) {
    /** The attribute bit that marks a link; Kafka leaves bits 7 to 15 unused. */
    public static final int FLAG = 1 << 14;
    /** The version written; the only one read so far. */
    public static final int VERSION = 1;
    /** The most bytes a link batch takes. */
    public static final int MAX_BYTES;

    private static final int FIXED_VALUE_BYTES = 1 + Short.BYTES + Integer.BYTES + Integer.BYTES;

    static {
        int value = FIXED_VALUE_BYTES + PointerCodec.MAX_BYTES;
        // Record: length, attributes, timestamp delta, offset delta, key length, value length, value, header count.
        MAX_BYTES = BatchHeader.SIZE + 2 + 1 + 10 + 1 + 1 + 2 + value + 1;
    }

    /** Whether the batch whose header is at {@code at} claims to be a link. The header must be inside the buffer. */
    public static boolean isLink(ByteBuffer buffer, int at) {
        return buffer.get(at + BatchHeader.MAGIC_AT) == BatchHeader.MAGIC
                && (buffer.getShort(at + BatchHeader.ATTRIBUTES_AT) & FLAG) != 0;
    }

    /** Whether one of the batches in the buffer, whole or not, is flagged as a link. Borrows it. */
    public static boolean isAmong(ByteBuffer batches) {
        for (int at = batches.position(); BatchHeader.isPlausible(batches, at); at += BatchHeader.size(batches, at)) {
            if (isLink(batches, at)) {
                return true;
            }
            if (BatchHeader.size(batches, at) > batches.limit() - at) {
                return false;
            }
        }
        return false;
    }

    /**
     * The link batch for the data batch at {@code at}, with its offsets, leader epoch, timestamps and producer fields.
     * The pointer must be as long as that batch.
     */
    public static ByteBuffer write(ByteBuffer batch, int at, Pointer pointer) {
        Checks.invariant(
                pointer.length() == BatchHeader.size(batch, at),
                "the length of a pointer differs from that of its batch");
        short attributes = batch.getShort(at + BatchHeader.ATTRIBUTES_AT);
        ByteBuffer out = ByteBuffer.allocate(MAX_BYTES);
        out.put(0, batch, at, BatchHeader.SIZE);
        out.putShort(BatchHeader.ATTRIBUTES_AT, (short) ((attributes & ~BatchHeader.COMPRESSION_MASK) | FLAG));
        out.putInt(BatchHeader.COUNT_AT, 1);
        out.position(BatchHeader.SIZE);
        writeRecord(batch, at, pointer, out);
        out.flip();
        out.putInt(BatchHeader.LENGTH_AT, out.limit() - BatchHeader.LENGTH_OVERHEAD);
        out.putInt(BatchHeader.CRC_AT, crcOf(out, 0, out.limit()));
        return out;
    }

    private static void writeRecord(ByteBuffer batch, int at, Pointer pointer, ByteBuffer out) {
        int valueBytes = FIXED_VALUE_BYTES + PointerCodec.sizeOf(pointer);
        // The maximum, so that a search by timestamp that looks at this record never passes over the batch.
        long timestampDelta =
                batch.getLong(at + BatchHeader.MAX_TIMESTAMP_AT) - batch.getLong(at + BatchHeader.BASE_TIMESTAMP_AT);
        int recordBytes = 1
                + ByteUtils.sizeOfVarlong(timestampDelta)
                + 1
                + 1
                + ByteUtils.sizeOfVarint(valueBytes)
                + valueBytes
                + 1;
        ByteUtils.writeVarint(recordBytes, out);
        out.put((byte) 0);
        ByteUtils.writeVarlong(timestampDelta, out);
        ByteUtils.writeVarint(0, out);
        ByteUtils.writeVarint(-1, out);
        ByteUtils.writeVarint(valueBytes, out);
        out.put((byte) VERSION);
        out.putShort(batch.getShort(at + BatchHeader.ATTRIBUTES_AT));
        out.putInt(batch.getInt(at + BatchHeader.COUNT_AT));
        out.putInt(BatchHeader.crc(batch, at));
        PointerCodec.write(pointer, out);
        ByteUtils.writeVarint(0, out);
    }

    /**
     * Reads the link batch at {@code at}.
     *
     * @throws CorruptLinkException for anything but an undamaged link batch of a known version
     */
    public static LinkBatch read(ByteBuffer buffer, int at) {
        if (!BatchHeader.isPlausible(buffer, at)) {
            throw new CorruptLinkException("the batch has no valid header");
        }
        if (!isLink(buffer, at)) {
            throw new CorruptLinkException("the batch is not a link");
        }
        int size = BatchHeader.size(buffer, at);
        if (size > MAX_BYTES || size > buffer.limit() - at) {
            throw new CorruptLinkException("the link of " + size + " bytes is too long or truncated");
        }
        if (crcOf(buffer, at, size) != BatchHeader.crc(buffer, at)) {
            throw new CorruptLinkException("the CRC of the link is wrong");
        }
        try {
            return readRecord(buffer.slice(at, size));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new CorruptLinkException("the record of the link is malformed", e);
        }
    }

    private static LinkBatch readRecord(ByteBuffer link) {
        short linkAttributes = link.getShort(BatchHeader.ATTRIBUTES_AT);
        if (link.getInt(BatchHeader.COUNT_AT) != 1 || (linkAttributes & BatchHeader.COMPRESSION_MASK) != 0) {
            throw new CorruptLinkException("the link does not consist of one uncompressed record");
        }
        link.position(BatchHeader.SIZE);
        require(ByteUtils.readVarint(link) == link.remaining(), "length of the record");
        require(link.get() == 0, "attributes of the record");
        ByteUtils.readVarlong(link);
        require(ByteUtils.readVarint(link) == 0, "offset of the record");
        require(ByteUtils.readVarint(link) == -1, "key of the record");
        int valueBytes = ByteUtils.readVarint(link);
        require(valueBytes == link.remaining() - 1, "length of the value");
        int version = link.get() & 0xff;
        if (version != VERSION) {
            throw new CorruptLinkException("unknown version of a link: " + version);
        }
        short attributes = link.getShort();
        int count = link.getInt();
        int batchCrc = link.getInt();
        Pointer pointer = PointerCodec.read(link);
        require(link.remaining() == 1 && link.get() == 0, "headers of the record");
        int same = ~(BatchHeader.COMPRESSION_MASK | FLAG);
        require((attributes & same) == (linkAttributes & same) && (attributes & FLAG) == 0, "attributes of the batch");
        require(count > 0 && pointer.length() >= BatchHeader.SIZE, "size of the batch");
        return new LinkBatch(pointer, attributes, count, batchCrc);
    }

    /**
     * Checks that {@code data} holds the batch that this link stands for; throws {@link CorruptLinkException} if not.
     * The caller has checked the pointer's CRC32C over all bytes.
     */
    public void verify(ByteBuffer data, int at) {
        if (!BatchHeader.isPlausible(data, at)
                || BatchHeader.size(data, at) != pointer.length()
                || BatchHeader.crc(data, at) != batchCrc
                || data.getShort(at + BatchHeader.ATTRIBUTES_AT) != attributes
                || data.getInt(at + BatchHeader.COUNT_AT) != count) {
            throw new CorruptLinkException("the bytes at " + pointer + " do not match the link's batch");
        }
    }

    /**
     * The batch without records that stands for the offsets of the link at {@code at} when its data is lost: as the log cleaner
     * leaves one, with the producer, the transaction and the timestamps of the link. Borrows the buffer.
     */
    public static ByteBuffer withoutRecords(ByteBuffer buffer, int at) {
        ByteBuffer out = ByteBuffer.allocate(BatchHeader.SIZE);
        out.put(0, buffer, at, BatchHeader.SIZE);
        out.putShort(BatchHeader.ATTRIBUTES_AT, (short) (buffer.getShort(at + BatchHeader.ATTRIBUTES_AT) & ~FLAG));
        out.putInt(BatchHeader.COUNT_AT, 0);
        out.putInt(BatchHeader.LENGTH_AT, BatchHeader.SIZE - BatchHeader.LENGTH_OVERHEAD);
        out.putInt(BatchHeader.CRC_AT, crcOf(out, 0, BatchHeader.SIZE));
        return out;
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new CorruptLinkException("unexpected " + what + " in a link");
        }
    }

    private static int crcOf(ByteBuffer buffer, int at, int size) {
        return (int) Crc32C.compute(
                buffer, at + BatchHeader.ATTRIBUTES_AT - buffer.position(), size - BatchHeader.ATTRIBUTES_AT);
    }
}
