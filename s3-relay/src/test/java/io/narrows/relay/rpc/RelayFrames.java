package io.narrows.relay.rpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** What is on the wire, for tests: messages to bytes and bytes to frames. */
final class RelayFrames {
    private static final PooledByteBufAllocator ALLOC = PooledByteBufAllocator.DEFAULT;

    private RelayFrames() {}

    /** Consumes the request. */
    static ByteBuf encode(AppendRequest request, WireCompression compression) {
        List<ByteBuf> parts =
                new AppendEncoder(ALLOC, compression).encode(request, RelayProtocol.DEFAULT_MAX_FRAME_BYTES);
        ByteBuf wire = ALLOC.directBuffer();
        for (ByteBuf part : parts) {
            wire.writeBytes(part);
            part.release();
        }
        return wire;
    }

    static ByteBuf encode(List<AppendResult> results) {
        ByteBuf wire = ALLOC.directBuffer();
        WireWriter out = Frame.begin(wire);
        results.forEach(result -> ResultCodec.encode(out, result, 0));
        Frame.finish(wire, Frame.APPEND_RESULT, (byte) RelayProtocol.MAX_VERSION, 0);
        return wire;
    }

    static byte[] hello() {
        return bytes(ControlCodec.encode(ALLOC, RelaySamples.HELLO));
    }

    static byte[] reply(HelloReply reply) {
        return bytes(ControlCodec.encode(ALLOC, reply));
    }

    private static byte[] bytes(ByteBuf buffer) {
        byte[] bytes = ByteBufUtil.getBytes(buffer);
        buffer.release();
        return bytes;
    }

    /** Consumes the bytes; fails as the decoder does. */
    static List<Frame> cut(ByteBuf wire) {
        EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(RelayProtocol.DEFAULT_MAX_FRAME_BYTES));
        List<Frame> frames = new ArrayList<>();
        try {
            channel.writeInbound(wire);
            for (Frame frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
                frames.add(frame);
            }
            return frames;
        } finally {
            channel.finishAndReleaseAll();
        }
    }

    /** The same request with buffers of its own. Borrows the request. */
    static AppendRequest copyOf(AppendRequest request) {
        return withBytes(request, ByteBuf::copy);
    }

    /** The same request with buffers that need no release. Borrows the request. */
    static AppendRequest onHeap(AppendRequest request) {
        return withBytes(request, bytes -> Unpooled.wrappedBuffer(ByteBufUtil.getBytes(bytes)));
    }

    private static AppendRequest withBytes(AppendRequest request, UnaryOperator<ByteBuf> copy) {
        return new AppendRequest(
                request.requestId(),
                request.groups().stream()
                        .map(group -> new AppendGroup(
                                group.context(),
                                group.entries().stream()
                                        .map(entry -> new AppendEntry(
                                                entry.laneId(),
                                                entry.laneEpoch(),
                                                entry.topicId(),
                                                entry.partition(),
                                                entry.pointer(),
                                                entry.bytes() == null ? null : copy.apply(entry.bytes()),
                                                entry.carrier(),
                                                entry.sequence()))
                                        .toList()))
                        .toList());
    }
}
