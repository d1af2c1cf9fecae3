package io.narrows.relay.rpc;

import static io.narrows.relay.rpc.MalformedFrameException.check;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** The frames of a batch that is larger than a frame: Announce, Grant and the prefix of a Part. Stateless. */
final class PartCodec {
    private static final int ZSTD = 4;

    private PartCodec() {}

    /** A batch that will come in parts; without bytes: it will not come. */
    record Announcement(long number, int batchBytes) {}

    static ByteBuf encode(ByteBufAllocator alloc, Announcement announcement) {
        ByteBuf buffer = alloc.directBuffer(Frame.PREFIX_BYTES + 16);
        Frame.begin(buffer).varlong(announcement.number()).number(announcement.batchBytes());
        Frame.finish(buffer, Frame.ANNOUNCE, (byte) RelayProtocol.MAX_VERSION, 0);
        return buffer;
    }

    static Announcement decodeAnnouncement(Frame frame) {
        WireReader in = header(frame, Frame.ANNOUNCE);
        Announcement announcement =
                new Announcement(in.varlong(), in.upTo(Integer.MAX_VALUE, "the length of an announced batch"));
        in.expectEnd();
        return announcement;
    }

    static ByteBuf encodeGrant(ByteBufAllocator alloc, long number) {
        ByteBuf buffer = alloc.directBuffer(Frame.PREFIX_BYTES + 16);
        Frame.begin(buffer).varlong(number);
        Frame.finish(buffer, Frame.GRANT, (byte) RelayProtocol.MAX_VERSION, 0);
        return buffer;
    }

    static long decodeGrant(Frame frame) {
        WireReader in = header(frame, Frame.GRANT);
        long number = in.varlong();
        in.expectEnd();
        return number;
    }

    /** Everything of a Part frame before its payload, which follows as it is. */
    static ByteBuf encodePlain(ByteBufAllocator alloc, int payloadBytes) {
        ByteBuf buffer = alloc.directBuffer(Frame.PREFIX_BYTES + 16);
        Frame.begin(buffer).int8(0);
        Frame.finish(buffer, Frame.PART, (byte) RelayProtocol.MAX_VERSION, payloadBytes);
        return buffer;
    }

    /** The same for a payload that is one zstd frame. */
    static ByteBuf encodeZstd(ByteBufAllocator alloc, int payloadBytes, int originalBytes) {
        ByteBuf buffer = alloc.directBuffer(Frame.PREFIX_BYTES + 16);
        Frame.begin(buffer).int8(ZSTD).number(originalBytes);
        Frame.finish(buffer, Frame.PART, (byte) RelayProtocol.MAX_VERSION, payloadBytes);
        return buffer;
    }

    /** The bytes of a part, at most {@code maxBytes}; the caller releases them. Borrows the frame. */
    static ByteBuf decodePart(ByteBufAllocator alloc, Frame frame, int maxBytes) {
        WireReader in = header(frame, Frame.PART);
        int flags = in.int8();
        check((flags & ~ZSTD) == 0, "unknown flags of a part");
        int length = frame.buffer().writerIndex() - frame.payloadOffset();
        check(length > 0, "a part is empty");
        if (flags == 0) {
            in.expectEnd();
            check(length <= maxBytes, "the length of a part exceeds the maximum");
            return frame.buffer().retainedSlice(frame.payloadOffset(), length);
        }
        int originalBytes = in.upTo(maxBytes, "the length of a part exceeds the maximum");
        in.expectEnd();
        check(originalBytes > 0, "a part is empty");
        return InlineCompression.decompress(alloc, frame.buffer().slice(frame.payloadOffset(), length), originalBytes);
    }

    private static WireReader header(Frame frame, byte type) {
        check(frame.type() == type, "unexpected type of a frame");
        check(frame.version() == RelayProtocol.MAX_VERSION, "the version of a frame is not the negotiated one");
        return frame.header();
    }
}
