package io.narrows.relay.rpc;

import static io.narrows.relay.rpc.MalformedFrameException.check;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Hello, its answer, Ping, Pong and Close: frames whose fields never change their place, so that any two versions
 * understand each other. A newer version may add fields at the end; a reader ignores what follows the fields it knows.
 */
final class ControlCodec {
    private ControlCodec() {}

    /** Why a connection ends, told to the peer just before. */
    record CloseReason(RelayError error, String message) {}

    static ByteBuf encode(ByteBufAllocator alloc, Hello hello) {
        ByteBuf buffer = alloc.directBuffer();
        Frame.begin(buffer)
                .number(hello.minVersion())
                .number(hello.maxVersion())
                .string(hello.clusterId())
                .string(hello.zone())
                .string(hello.writer())
                .int64(hello.incarnation())
                .string(hello.software());
        return finish(buffer, Frame.HELLO);
    }

    static Hello decodeHello(Frame frame) {
        WireReader in = header(frame, Frame.HELLO);
        int minVersion = in.upTo(Short.MAX_VALUE, "the oldest version");
        int maxVersion = in.upTo(Short.MAX_VALUE, "the newest version");
        String clusterId = in.string();
        String zone = in.string();
        String writer = in.string();
        long incarnation = in.int64();
        return new Hello(minVersion, maxVersion, clusterId, zone, writer, incarnation, in.string());
    }

    static ByteBuf encode(ByteBufAllocator alloc, HelloReply reply) {
        ByteBuf buffer = alloc.directBuffer();
        WireWriter out = Frame.begin(buffer)
                .int8(reply.error().code())
                .string(cut(reply.message(), RelayProtocol.MAX_ERROR_CHARS))
                .number(reply.version())
                .string(reply.clusterId())
                .zigzag(reply.brokerId())
                .string(reply.zone())
                .number(reply.maxFrameBytes())
                .number(reply.maxBatchBytes());
        if (reply.error() == RelayError.WRITER_BEHIND) {
            out.int64(reply.knownIncarnation());
        }
        return finish(buffer, Frame.HELLO_REPLY);
    }

    static HelloReply decodeHelloReply(Frame frame) {
        WireReader in = header(frame, Frame.HELLO_REPLY);
        RelayError error = error(in);
        String message = in.string();
        int version = in.upTo(Short.MAX_VALUE, "the version");
        String clusterId = in.string();
        int brokerId = in.zigzagInt();
        String zone = in.string();
        int maxFrameBytes = in.upTo(Integer.MAX_VALUE, "the largest frame");
        int maxBatchBytes = in.upTo(Integer.MAX_VALUE, "the largest batch");
        long known = error == RelayError.WRITER_BEHIND ? in.int64() : 0;
        return new HelloReply(error, message, version, clusterId, brokerId, zone, maxFrameBytes, maxBatchBytes, known);
    }

    static ByteBuf encodePing(ByteBufAllocator alloc, byte type, long nonce) {
        ByteBuf buffer = alloc.directBuffer(Frame.PREFIX_BYTES + Long.BYTES);
        Frame.begin(buffer).int64(nonce);
        return finish(buffer, type);
    }

    static long decodePing(Frame frame) {
        return header(frame, frame.type()).int64();
    }

    static ByteBuf encode(ByteBufAllocator alloc, CloseReason reason) {
        ByteBuf buffer = alloc.directBuffer();
        Frame.begin(buffer).int8(reason.error().code()).string(cut(reason.message(), RelayProtocol.MAX_ERROR_CHARS));
        return finish(buffer, Frame.CLOSE);
    }

    static CloseReason decodeClose(Frame frame) {
        WireReader in = header(frame, Frame.CLOSE);
        return new CloseReason(error(in), in.string());
    }

    static RelayError error(WireReader in) {
        try {
            return RelayError.of(in.int8());
        } catch (IllegalArgumentException e) {
            throw new MalformedFrameException("unknown relay error code", e);
        }
    }

    static String cut(String text, int maxChars) {
        return text.length() <= maxChars ? text : text.substring(0, maxChars);
    }

    private static WireReader header(Frame frame, byte type) {
        check(frame.type() == type, "unexpected type of a control frame");
        check(frame.version() == Frame.FIXED_VERSION, "the version of a control frame is not 0");
        return frame.header();
    }

    private static ByteBuf finish(ByteBuf buffer, byte type) {
        Frame.finish(buffer, type, Frame.FIXED_VERSION, 0);
        return buffer;
    }
}
