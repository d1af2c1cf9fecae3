package io.narrows.relay.rpc;

import static io.narrows.relay.rpc.MalformedFrameException.check;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the byte stream into {@link Frame}s, each in one contiguous buffer of its own so that the bytes of a batch are
 * slices of it. A buffer grows with what has arrived, not with what the prefix promises, and the checksum is compared as
 * soon as the header part is there. After the first malformed frame everything is dropped. Owned by the channel's event
 * loop; owns the unfinished frame.
 */
final class FrameDecoder extends ChannelInboundHandlerAdapter {
    private static final int FIRST_BYTES = 256;
    private static final int UNSEEN_BYTES = 1 << 20;

    private int maxFrameBytes;
    private @Nullable ByteBuf frame;
    private int headerLength;
    private int frameBytes;
    private Stage stage = Stage.PREFIX;

    FrameDecoder(int maxFrameBytes) {
        this.maxFrameBytes = maxFrameBytes;
    }

    /** Changes the limit for the frames that follow the one being delivered. */
    void maxFrameBytes(int bytes) {
        maxFrameBytes = bytes;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof ByteBuf in)) {
            ctx.fireChannelRead(message);
            return;
        }
        try {
            while (in.isReadable() && stage != Stage.FAILED) {
                Frame complete = take(ctx, in);
                if (complete != null) {
                    ctx.fireChannelRead(complete);
                }
            }
        } catch (MalformedFrameException e) {
            stage = Stage.FAILED;
            discard();
            ctx.fireExceptionCaught(e);
        } finally {
            ReferenceCountUtil.release(in);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        stage = Stage.FAILED;
        discard();
    }

    /** Moves bytes into the frame being filled; returns it when it is complete. */
    private @Nullable Frame take(ChannelHandlerContext ctx, ByteBuf in) {
        ByteBuf filling = frame;
        if (filling == null) {
            filling = ctx.alloc().directBuffer(FIRST_BYTES);
            frame = filling;
        }
        fill(filling, in);
        if (stage == Stage.PREFIX && filling.writerIndex() == Frame.PREFIX_BYTES) {
            readPrefix(filling);
            stage = Stage.HEADER;
            fill(filling, in);
        }
        if (stage == Stage.HEADER && filling.writerIndex() == Frame.PREFIX_BYTES + headerLength) {
            check(
                    filling.getInt(Frame.CRC_OFFSET) == Frame.crc(filling, headerLength),
                    "wrong checksum of a frame's header part");
            stage = Stage.PAYLOAD;
            fill(filling, in);
        }
        if (stage != Stage.PAYLOAD || filling.writerIndex() < frameBytes) {
            return null;
        }
        frame = null;
        stage = Stage.PREFIX;
        return new Frame(
                filling.getByte(Frame.TYPE_OFFSET), filling.getByte(Frame.VERSION_OFFSET), headerLength, filling);
    }

    private void fill(ByteBuf filling, ByteBuf in) {
        int target = switch (stage) {
            case PREFIX -> Frame.PREFIX_BYTES;
            case HEADER -> Frame.PREFIX_BYTES + headerLength;
            case PAYLOAD -> frameBytes;
            case FAILED -> 0;
        };
        while (filling.writerIndex() < target && in.isReadable()) {
            if (!filling.isWritable()) {
                int grown = Math.max(UNSEEN_BYTES, 2 * filling.capacity());
                filling.capacity(Math.min(frameBytes, grown));
            }
            int bytes = Math.min(in.readableBytes(), Math.min(target - filling.writerIndex(), filling.writableBytes()));
            filling.writeBytes(in, bytes);
        }
    }

    private void readPrefix(ByteBuf filling) {
        check(filling.getShort(Frame.MAGIC_OFFSET) == Frame.MAGIC, "wrong magic number of a frame");
        int length = filling.getInt(0);
        check(
                length >= Frame.PREFIX_BYTES - Integer.BYTES && length <= maxFrameBytes - Integer.BYTES,
                "invalid length of a frame");
        frameBytes = length + Integer.BYTES;
        headerLength = filling.getInt(Frame.HEADER_LENGTH_OFFSET);
        check(
                headerLength >= 0
                        && headerLength <= RelayProtocol.MAX_HEADER_BYTES
                        && headerLength <= frameBytes - Frame.PREFIX_BYTES,
                "invalid length of a frame's header part");
        byte type = filling.getByte(Frame.TYPE_OFFSET);
        check(type >= Frame.HELLO && type <= Frame.PART, "unknown type of a frame");
        check(
                type == Frame.APPEND || type == Frame.PART || frameBytes == Frame.PREFIX_BYTES + headerLength,
                "a frame that is neither Append nor Part has a payload");
    }

    private void discard() {
        if (frame != null) {
            boolean unused = frame.release();
            frame = null;
        }
    }

    private enum Stage {
        PREFIX,
        HEADER,
        PAYLOAD,
        FAILED
    }
}
