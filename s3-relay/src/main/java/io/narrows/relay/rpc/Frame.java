package io.narrows.relay.rpc;

import io.narrows.relay.Checks;
import io.netty.buffer.ByteBuf;
import java.util.zip.CRC32C;

/**
 * One frame: a prefix of 16 bytes, a header part, whose CRC32C also covers the prefix, and a payload of batch bytes that
 * carry checksums of their own. Owns {@code buffer}, which holds exactly the frame.
 *
 * <pre>
 *   0        4     5        6      8             12            16              16 + headerLength
 *   +--------+-----+--------+------+-------------+-------------+---------------+---------- - - -+
 *   | length | type| version| magic| headerLength| CRC32C      | header part   | payload        |
 *   +--------+-----+--------+------+-------------+-------------+---------------+---------- - - -+
 *     length counts what follows it; the CRC covers bytes 0 to 11 and the header part; numbers are big endian
 * </pre>
 */
record Frame(byte type, byte version, int headerLength, ByteBuf buffer) {
    static final byte HELLO = 1;
    static final byte HELLO_REPLY = 2;
    static final byte APPEND = 3;
    static final byte APPEND_RESULT = 4;
    static final byte PING = 5;
    static final byte PONG = 6;
    static final byte CLOSE = 7;
    static final byte ANNOUNCE = 8;
    static final byte GRANT = 9;
    static final byte PART = 10;

    /** "NR" in each frame: a peer that speaks something else is noticed with its first bytes. */
    static final short MAGIC = 0x4e52;

    /** The version of frames whose layout never changes: everything but Append, its results and parts of batches. */
    static final byte FIXED_VERSION = 0;

    static final int TYPE_OFFSET = 4;
    static final int VERSION_OFFSET = 5;
    static final int MAGIC_OFFSET = 6;
    static final int HEADER_LENGTH_OFFSET = 8;
    static final int CRC_OFFSET = 12;
    static final int PREFIX_BYTES = 16;

    /** The header part; borrows from the frame. */
    WireReader header() {
        return new WireReader(buffer.slice(PREFIX_BYTES, headerLength));
    }

    int payloadOffset() {
        return PREFIX_BYTES + headerLength;
    }

    void release() {
        boolean unused = buffer.release();
    }

    /** Leaves room for the prefix that {@link #finish} fills in. Borrows the buffer, which must be empty. */
    static WireWriter begin(ByteBuf buffer) {
        Checks.argument(buffer.writerIndex() == 0, "the buffer of a new frame is not empty");
        buffer.writeZero(PREFIX_BYTES);
        return new WireWriter(buffer);
    }

    /** Completes prefix and checksum once the header part is written. Borrows the buffer. */
    static void finish(ByteBuf buffer, byte type, byte version, int payloadLength) {
        int headerLength = buffer.writerIndex() - PREFIX_BYTES;
        Checks.argument(headerLength <= RelayProtocol.MAX_HEADER_BYTES, "the header part of a frame is too large");
        buffer.setInt(0, Math.addExact(buffer.writerIndex() - Integer.BYTES, payloadLength));
        buffer.setByte(TYPE_OFFSET, type);
        buffer.setByte(VERSION_OFFSET, version);
        buffer.setShort(MAGIC_OFFSET, MAGIC);
        buffer.setInt(HEADER_LENGTH_OFFSET, headerLength);
        buffer.setInt(CRC_OFFSET, crc(buffer, headerLength));
    }

    static int crc(ByteBuf buffer, int headerLength) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.nioBuffer(0, CRC_OFFSET));
        crc.update(buffer.nioBuffer(PREFIX_BYTES, headerLength));
        return (int) crc.getValue();
    }
}
