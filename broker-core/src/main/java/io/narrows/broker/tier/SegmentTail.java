package io.narrows.broker.tier;

import io.narrows.relay.Crc32c;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.server.log.remote.storage.RemoteStorageManager.IndexType;
import org.jspecify.annotations.Nullable;

/**
 * What follows the batches in the last part of a segment object; see docs/formats/segment-object.md. A parsed tail borrows
 * its buffer, which must be held for as long as the tail is used.
 *
 * <pre>
 * +--------------+------------+-------------------+-------------------+---------------+------------------+
 * | offset index | time index | transaction index | producer snapshot | leader epochs | u32 CRC per block|
 * +--------------+------------+-------------------+-------------------+---------------+------------------+
 *  footer:
 *  0       4         6       8           12          16           20           28           36          56      60
 * +-------+---------+-------+-----------+-----------+------------+------------+------------+-----------+-------+
 * | magic | version | 0 u16 | dataBytes | partBytes | blockBytes | baseOffset | lastOffset | 5 x length| crc32c|
 * +-------+---------+-------+-----------+-----------+------------+------------+------------+-----------+-------+
 * </pre>
 */
final class SegmentTail {
    /** "NSEG". */
    static final int MAGIC = 0x4e534547;

    static final short VERSION = 1;
    static final int FOOTER_BYTES = 60;
    /** A tail of more is not written and not read: at most an index entry of 20 bytes per 4 KiB, and snapshots. */
    static final int MAX_BYTES = 48 << 20;

    /** In the order in which they lie in the tail. */
    static final List<IndexType> SECTIONS = List.of(
            IndexType.OFFSET,
            IndexType.TIMESTAMP,
            IndexType.TRANSACTION,
            IndexType.PRODUCER_SNAPSHOT,
            IndexType.LEADER_EPOCH);

    private final ByteBuf bytes;
    private final Map<IndexType, Section> sections;
    private final int crcsAt;
    private final int blocks;

    private record Section(int at, int length) {}

    private SegmentTail(ByteBuf bytes, Map<IndexType, Section> sections, int crcsAt, int blocks) {
        this.bytes = bytes;
        this.sections = sections;
        this.crcsAt = crcsAt;
        this.blocks = blocks;
    }

    /** What a tail says of its segment besides the sections. */
    record Facts(int dataBytes, int partBytes, int blockBytes, long baseOffset, long lastOffset) {}

    /** Encodes a tail; a section that is missing is empty. Borrows all buffers. */
    static ByteBuffer write(Facts facts, Map<IndexType, ByteBuffer> sections, int[] blockCrcs) {
        int size = FOOTER_BYTES + blockCrcs.length * Integer.BYTES;
        for (IndexType type : SECTIONS) {
            size = Math.addExact(size, length(sections.get(type)));
        }
        if (size > MAX_BYTES) {
            throw new CorruptSegmentException("the indexes of a segment take " + size + " bytes");
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        for (IndexType type : SECTIONS) {
            ByteBuffer section = sections.get(type);
            if (section != null) {
                out.put(section.duplicate());
            }
        }
        for (int crc : blockCrcs) {
            out.putInt(crc);
        }
        out.putInt(MAGIC).putShort(VERSION).putShort((short) 0);
        out.putInt(facts.dataBytes()).putInt(facts.partBytes()).putInt(facts.blockBytes());
        out.putLong(facts.baseOffset()).putLong(facts.lastOffset());
        for (IndexType type : SECTIONS) {
            out.putInt(length(sections.get(type)));
        }
        out.putInt(Crc32c.of(Unpooled.wrappedBuffer(out.array()), 0, out.position()));
        return out.flip();
    }

    private static int length(@Nullable ByteBuffer section) {
        return section == null ? 0 : section.remaining();
    }

    /** Parses an unchecked tail. Borrows {@code bytes}. Throws {@link CorruptSegmentException}. */
    static SegmentTail check(ByteBuf bytes) {
        int size = bytes.readableBytes();
        require(size >= FOOTER_BYTES, "is cut short");
        require(
                Crc32c.of(bytes, bytes.readerIndex(), size - 4) == bytes.getInt(bytes.readerIndex() + size - 4),
                "has a wrong CRC");
        return read(bytes);
    }

    /** Parses a tail whose CRC32C has been checked. Borrows {@code bytes}. Throws {@link CorruptSegmentException}. */
    static SegmentTail read(ByteBuf bytes) {
        int start = bytes.readerIndex();
        int size = bytes.readableBytes();
        require(size >= FOOTER_BYTES, "is cut short");
        int footer = start + size - FOOTER_BYTES;
        require(bytes.getInt(footer) == MAGIC, "has no magic");
        require(bytes.getShort(footer + 4) == VERSION && bytes.getShort(footer + 6) == 0, "has an unknown version");
        int dataBytes = bytes.getInt(footer + 8);
        int blockBytes = bytes.getInt(footer + 16);
        require(dataBytes > 0 && blockBytes > 0, "has no blocks");
        int blocks = (dataBytes - 1) / blockBytes + 1;
        Map<IndexType, Section> sections = new EnumMap<>(IndexType.class);
        long at = start;
        for (int i = 0; i < SECTIONS.size(); i++) {
            int length = bytes.getInt(footer + 36 + i * Integer.BYTES);
            require(length >= 0 && at + length <= footer, "has sections that are longer than it is");
            sections.put(SECTIONS.get(i), new Section((int) at, length));
            at += length;
        }
        require(footer - at == (long) blocks * Integer.BYTES, "has not one CRC for each block");
        return new SegmentTail(bytes, sections, (int) at, blocks);
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new CorruptSegmentException("the tail of a segment object " + problem);
        }
    }

    int blockCrc(int block) {
        require(block >= 0 && block < blocks, "has no block " + block);
        return bytes.getInt(crcsAt + block * Integer.BYTES);
    }

    /** A copy of a section, which outlives the tail. */
    byte[] section(IndexType type) {
        Section section = sections.getOrDefault(type, new Section(0, 0));
        byte[] copy = new byte[section.length()];
        bytes.getBytes(section.at(), copy);
        return copy;
    }
}
