package io.narrows.relay.rpc;

import io.narrows.relay.loop.Loop;
import io.narrows.relay.net.Outbound;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends a Ping each interval, answers the peer's, and reports an {@link IOException} when nothing at all has come from
 * the peer for a number of intervals in a row. Both sides ping on their own, so a peer that does not read for a while
 * (a leader at its bound of memory) is still heard. Silence is counted in intervals, not by the clock, so that a stall of
 * this process is not taken for one of the peer. Owned by the channel's event loop.
 */
final class KeepAlive extends ChannelInboundHandlerAdapter {
    /**
     * @param intervalMs between two Pings
     * @param deadPeerMs how long the peer may be silent, rounded up to whole intervals
     */
    record Settings(int intervalMs, int deadPeerMs) {
        int intervals() {
            return Math.max(1, (deadPeerMs + intervalMs - 1) / intervalMs);
        }
    }

    private final Loop loop;
    private final Settings settings;
    private final LongConsumer roundTripNanos;
    private Loop.@Nullable Timer timer;
    private boolean heard;
    private int silentIntervals;
    private long nonce;
    private long sentNanos;

    KeepAlive(Loop loop, Settings settings, LongConsumer roundTripNanos) {
        this.loop = loop;
        this.settings = settings;
        this.roundTripNanos = roundTripNanos;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        schedule(ctx);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (timer != null) {
            timer.cancel();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof Frame frame) || (frame.type() != Frame.PING && frame.type() != Frame.PONG)) {
            ctx.fireChannelRead(message);
            return;
        }
        try {
            answer(ctx, frame.type(), ControlCodec.decodePing(frame));
        } finally {
            frame.release();
        }
    }

    /** Follows every read from the socket, also one that completed no frame. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        heard = true;
        ctx.fireChannelReadComplete();
    }

    private void answer(ChannelHandlerContext ctx, byte type, long number) {
        if (type == Frame.PING) {
            Outbound.writeAndFlush(ctx, ControlCodec.encodePing(ctx.alloc(), Frame.PONG, number));
        } else if (number == nonce) {
            roundTripNanos.accept(loop.nanoTime() - sentNanos);
        }
    }

    private void schedule(ChannelHandlerContext ctx) {
        timer = loop.schedule(TimeUnit.MILLISECONDS.toNanos(settings.intervalMs()), () -> tick(ctx));
    }

    private void tick(ChannelHandlerContext ctx) {
        boolean listening = ctx.channel().config().isAutoRead();
        silentIntervals = heard || !listening ? 0 : silentIntervals + 1;
        heard = false;
        if (silentIntervals >= settings.intervals()) {
            ctx.fireExceptionCaught(new IOException("no bytes from the peer for " + settings.deadPeerMs() + " ms"));
            return;
        }
        nonce++;
        sentNanos = loop.nanoTime();
        Outbound.writeAndFlush(ctx, ControlCodec.encodePing(ctx.alloc(), Frame.PING, nonce));
        schedule(ctx);
    }
}
