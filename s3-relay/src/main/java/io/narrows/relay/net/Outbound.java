package io.narrows.relay.net;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundInvoker;

/** Writes whose failure, if any, comes back as {@code exceptionCaught}: the place where a connection ends anyway. */
public final class Outbound {
    private Outbound() {}

    /** Consumes the message. */
    public static void write(ChannelOutboundInvoker channel, Object message) {
        ChannelFuture unused = channel.write(message, channel.voidPromise());
    }

    /** Consumes the message. */
    public static void writeAndFlush(ChannelOutboundInvoker channel, Object message) {
        ChannelFuture unused = channel.writeAndFlush(message, channel.voidPromise());
    }

    /** Closing has no outcome that anybody could act on; {@code channelInactive} follows. */
    public static void close(ChannelOutboundInvoker channel) {
        ChannelFuture unused = channel.close();
    }
}
