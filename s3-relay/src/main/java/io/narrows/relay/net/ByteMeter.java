package io.narrows.relay.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.function.LongConsumer;

/**
 * First handler of a pipeline: counts the bytes of the connection as they are on the wire (with TLS, if there is TLS).
 * Owned by the channel's event loop. What was counted before {@link #report} named the receivers is handed over then.
 */
public final class ByteMeter extends ChannelDuplexHandler {
    private LongConsumer received = this::keepReceived;
    private LongConsumer sent = this::keepSent;
    private long receivedBytes;
    private long sentBytes;

    /** From now on bytes go to these counters, beginning with those counted so far. */
    public void report(LongConsumer received, LongConsumer sent) {
        this.received = received;
        this.sent = sent;
        received.accept(receivedBytes);
        sent.accept(sentBytes);
        receivedBytes = 0;
        sentBytes = 0;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf bytes) {
            received.accept(bytes.readableBytes());
        }
        ctx.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes) {
            sent.accept(bytes.readableBytes());
        }
        ChannelFuture unused = ctx.write(message, promise);
    }

    private void keepReceived(long bytes) {
        receivedBytes += bytes;
    }

    private void keepSent(long bytes) {
        sentBytes += bytes;
    }
}
