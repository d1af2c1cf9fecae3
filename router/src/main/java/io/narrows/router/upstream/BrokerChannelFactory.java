package io.narrows.router.upstream;

import io.narrows.relay.net.ByteMeter;
import io.narrows.relay.net.OffLoopResolver;
import io.narrows.relay.net.TlsEngines;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.io.IOException;
import java.util.function.Function;
import org.apache.kafka.common.errors.NetworkException;

/** Opens the channels of {@link BrokerConnection}s. Stateless; a channel belongs to its link and lives on its loop. */
final class BrokerChannelFactory {
    private static final int LENGTH_BYTES = 4;

    private BrokerChannelFactory() {}

    /** Connects, with a handler that cuts frames; ends in {@link BrokerConnection#onConnected} or {@link BrokerConnection#onDown}. */
    static void connect(
            BrokerConnection link,
            EventLoop eventLoop,
            UpstreamSettings settings,
            Function<Channel, ChannelHandler> frames) {
        new Bootstrap()
                .group(eventLoop)
                .channel(NioSocketChannel.class)
                .resolver(OffLoopResolver.INSTANCE)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, settings.connectTimeoutMs())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .handler(new Pipeline(link, settings, frames))
                .connect(link.address())
                .addListener(done -> {
                    if (!done.isSuccess()) {
                        eventLoop.execute(() ->
                                link.onDown(new NetworkException("Cannot connect to " + link.address(), done.cause())));
                    }
                });
    }

    /** Cuts small responses out of the stream. */
    static ChannelHandler frames(UpstreamSettings settings) {
        return new LengthFieldBasedFrameDecoder(settings.maxResponseBytes(), 0, LENGTH_BYTES, 0, LENGTH_BYTES);
    }

    private static final class Pipeline extends ChannelInitializer<SocketChannel> {
        private final BrokerConnection link;
        private final UpstreamSettings settings;
        private final Function<Channel, ChannelHandler> frames;

        private Pipeline(BrokerConnection link, UpstreamSettings settings, Function<Channel, ChannelHandler> frames) {
            this.link = link;
            this.settings = settings;
            this.frames = frames;
        }

        @Override
        protected void initChannel(SocketChannel channel) {
            channel.pipeline().addLast(new ByteMeter());
            TlsEngines tls = settings.tls();
            if (tls != null) {
                tls.addTo(channel, link.address());
            }
            channel.pipeline().addLast(frames.apply(channel), new Responses(link));
        }
    }

    private static final class Responses extends SimpleChannelInboundHandler<ByteBuf> {
        private final BrokerConnection link;

        private Responses(BrokerConnection link) {
            this.link = link;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            link.onConnected(ctx.channel());
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
            link.onFrame(ctx.channel(), frame);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            link.onClosed(ctx.channel(), cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            link.onClosed(ctx.channel(), new IOException("closed by the broker"));
        }
    }
}
