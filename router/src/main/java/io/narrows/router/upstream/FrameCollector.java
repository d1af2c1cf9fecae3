package io.narrows.router.upstream;

import io.narrows.relay.memory.ClientMemory;
import io.narrows.relay.memory.FrameBuffer;
import io.narrows.relay.memory.MemoryClaim;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the stream into frames and passes each on, without its length, as one pooled buffer of its size, whose bytes
 * count for the client's account from before they are read until the last slice is released. The channel is not read while
 * it has to wait for memory or reading is paused. Only what came with a frame's beginning is copied into it if the
 * channel reads by {@link FrameReads}. Owned by the channel's event loop.
 */
final class FrameCollector extends ChannelInboundHandlerAdapter {
    private static final int LENGTH_BYTES = 4;

    /** Read at a time; a loop has other channels too. */
    private static final int MAX_READ_BYTES = 256 << 10;

    private final ClientMemory.ClientQuota account;
    private final int maxFrameBytes;
    private final ArrayDeque<ByteBuf> chunks = new ArrayDeque<>();
    private int lengthBytesRead;
    private int length;
    private @Nullable ByteBuf frame;
    private @Nullable ByteBuf place;
    private @Nullable ChannelHandlerContext context;
    private @Nullable MemoryClaim claim;
    private boolean starved;
    private boolean paused;
    private boolean draining;

    FrameCollector(ClientMemory.ClientQuota account, int maxFrameBytes) {
        this.account = account;
        this.maxFrameBytes = maxFrameBytes;
    }

    /** Reads no more until {@link #resume}. */
    void pause() {
        paused = true;
        adjust();
    }

    void resume() {
        paused = false;
        adjust();
    }

    private void adjust() {
        if (context != null) {
            context.channel().config().setAutoRead(!paused && !starved);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** The part of the frame that the next bytes belong to, for the channel, which releases it or passes it on; else null. */
    @Nullable
    ByteBuf place() {
        ByteBuf begun = frame;
        if (begun == null || !chunks.isEmpty() || !begun.isWritable()) {
            return null;
        }
        ByteBuf next = begun.retainedSlice(begun.writerIndex(), Math.min(begun.writableBytes(), MAX_READ_BYTES))
                .clear();
        place = next;
        return next;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // the same bytes elsewhere are others
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (bytes == place && frame != null) {
            frame.writerIndex(frame.writerIndex() + bytes.readableBytes());
            boolean unused = bytes.release();
        } else {
            chunks.add(bytes);
        }
        place = null;
        drain(ctx);
    }

    private void drain(ChannelHandlerContext ctx) {
        if (draining) {
            return;
        }
        draining = true;
        try {
            while (!starved && context != null && step(ctx)) {
                while (!chunks.isEmpty() && !chunks.peek().isReadable()) {
                    boolean unused = chunks.remove().release();
                }
            }
        } finally {
            draining = false;
        }
    }

    /** False when it takes more input, or memory, to go on. */
    private boolean step(ChannelHandlerContext ctx) {
        if (frame != null && !frame.isWritable()) {
            ByteBuf complete = frame;
            frame = null;
            ctx.fireChannelRead(complete);
            return true;
        }
        ByteBuf chunk = chunks.peek();
        if (chunk == null) {
            return false;
        }
        if (frame != null) {
            frame.writeBytes(chunk, Math.min(chunk.readableBytes(), frame.writableBytes()));
            return true;
        }
        while (lengthBytesRead < LENGTH_BYTES && chunk.isReadable()) {
            length = (length << Byte.SIZE) | (chunk.readByte() & 0xff);
            lengthBytesRead++;
        }
        if (lengthBytesRead == LENGTH_BYTES) {
            begin(ctx);
        }
        return true;
    }

    private void begin(ChannelHandlerContext ctx) {
        int size = length;
        length = 0;
        lengthBytesRead = 0;
        if (size < Integer.BYTES || size > maxFrameBytes) {
            throw new TooLongFrameException("a response declares " + size + " bytes; allowed are " + maxFrameBytes);
        }
        if (account.tryEnter(size)) {
            allocate(ctx, size);
            return;
        }
        starved = true;
        adjust();
        claim = MemoryClaim.await(account, size, ctx.executor(), () -> granted(ctx, size));
    }

    private void granted(ChannelHandlerContext ctx, int size) {
        claim = null;
        starved = false;
        try {
            allocate(ctx, size);
        } catch (TooLongFrameException e) {
            ctx.fireExceptionCaught(e);
            return;
        }
        adjust();
        drain(ctx);
    }

    private void allocate(ChannelHandlerContext ctx, int size) {
        try {
            frame = FrameBuffer.allocate(ctx.alloc(), account::leave, size);
        } catch (RuntimeException | OutOfMemoryError e) {
            account.leave(size);
            throw new TooLongFrameException("no memory for a response of " + size + " bytes", e);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        release();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        release();
    }

    private void release() {
        context = null;
        if (claim != null) {
            claim.cancel();
            claim = null;
        }
        while (!chunks.isEmpty()) {
            boolean unused = chunks.remove().release();
        }
        if (frame != null) {
            boolean unused = frame.release();
            frame = null;
        }
    }
}
