package io.narrows.relay.rpc;

import io.narrows.relay.net.ByteMeter;
import io.narrows.relay.net.Outbound;
import io.narrows.relay.net.TlsEngines;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's relay endpoint: accepts proxies over TCP or TLS and hands their messages to a {@link RelaySession.Handler}.
 * The event loops belong to the caller. Safe for use from any thread.
 */
public final class RelayServer {
    private static final Logger LOG = LoggerFactory.getLogger(RelayServer.class);

    private final EventLoopGroup eventLoops;
    private final RelayServerSettings settings;
    private final RelayMetrics metrics;
    private final RelaySession.Handler handler;
    private final ChannelGroup listeners = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final ChannelGroup sessions = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);

    public RelayServer(
            EventLoopGroup eventLoops,
            RelayServerSettings settings,
            RelayMetrics metrics,
            RelaySession.Handler handler) {
        this.eventLoops = eventLoops;
        this.settings = settings;
        this.metrics = metrics;
        this.handler = handler;
    }

    /** Starts to listen; completes with the address, whose port is known even if 0 was asked for. */
    public CompletableFuture<InetSocketAddress> listen(InetSocketAddress address) {
        CompletableFuture<InetSocketAddress> bound = new CompletableFuture<>();
        WriteBufferWaterMark unread =
                new WriteBufferWaterMark(settings.maxUnreadBytes() / 2, settings.maxUnreadBytes());
        ChannelFuture binding = new ServerBootstrap()
                .group(eventLoops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, unread)
                .childHandler(new Pipeline())
                .bind(address);
        binding.addListener(done -> {
            if (done.isSuccess()) {
                Channel channel = binding.channel();
                listeners.add(channel);
                bound.complete((InetSocketAddress) channel.localAddress());
            } else {
                bound.completeExceptionally(new IOException("cannot listen on " + address, done.cause()));
            }
        });
        return bound;
    }

    /** Stops listening and closes every session; completes when all are closed. */
    public CompletableFuture<Void> close() {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        listeners.close().addListener(ignored -> sessions.close().addListener(done -> closed.complete(null)));
        return closed;
    }

    private final class Pipeline extends ChannelInitializer<SocketChannel> {
        @Override
        protected void initChannel(SocketChannel channel) {
            if (sessions.size() >= settings.maxConnections()) {
                LOG.atWarn()
                        .addKeyValue("peer", channel.remoteAddress())
                        .log("Relay connection refused: connection limit reached");
                Outbound.close(channel);
                return;
            }
            sessions.add(channel);
            channel.pipeline().addLast(new ByteMeter());
            TlsEngines tls = settings.tls();
            if (tls != null) {
                tls.addTo(channel, channel.remoteAddress());
            }
            channel.pipeline()
                    .addLast(
                            new FrameDecoder(RelayProtocol.MAX_HELLO_FRAME_BYTES),
                            new ServerSession(channel, settings, metrics, handler));
        }
    }
}
