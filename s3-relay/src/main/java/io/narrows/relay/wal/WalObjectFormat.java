package io.narrows.relay.wal;

import io.narrows.relay.pointer.WalObjectId;

/**
 * Offsets and bounds of a WAL object; see docs/formats/wal-object.md.
 *
 * <pre>
 * +--------+---------+---------+-----+---------+--------+---------+
 * | header | block 0 | block 1 | ... | block n | footer | trailer |
 * +--------+---------+---------+-----+---------+--------+---------+
 * header   magic u32 | version u8 | writerLength u8 | reserved u16 | incarnation u64 | sequence u64 | writer | crc32c
 * footer   count u32 | count * (topicId 16 bytes | partition u32 | position u32 | length u32 | crc32c u32)
 * trailer  footerPosition u32 | footerLength u32 | footerCrc32c u32 | version u32 | magic u32
 * </pre>
 */
public final class WalObjectFormat {
    public static final int VERSION = 1;

    /** The largest object that is written or read: a window, and a batch as large as Kafka's largest request. */
    public static final int MAX_OBJECT_BYTES = 512 << 20;

    /** The most blocks of an object. */
    public static final int MAX_BLOCKS = 65_536;

    /** Bytes of the trailer, the last thing in an object. */
    public static final int TRAILER_BYTES = 20;

    static final int HEADER_MAGIC = 0x4e57414c; // "NWAL"
    static final int TRAILER_MAGIC = 0x4c41574e; // "LAWN"
    static final int HEADER_FIXED_BYTES = 28;
    static final int MIN_HEADER_BYTES = HEADER_FIXED_BYTES + 1;
    static final int MAX_HEADER_BYTES = HEADER_FIXED_BYTES + WalObjectId.MAX_WRITER_LENGTH;
    static final int COUNT_BYTES = 4;
    static final int ENTRY_BYTES = 32;

    private WalObjectFormat() {}

    /** Size of an object with these blocks, of any writer; compare with {@link #MAX_OBJECT_BYTES}. */
    public static long objectBytes(int blocks, long blockBytes) {
        return MAX_HEADER_BYTES + blockBytes + footerBytes(blocks) + TRAILER_BYTES;
    }

    static int footerBytes(int blocks) {
        return COUNT_BYTES + blocks * ENTRY_BYTES;
    }
}
