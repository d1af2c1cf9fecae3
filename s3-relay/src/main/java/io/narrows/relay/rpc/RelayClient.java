package io.narrows.relay.rpc;

import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.net.ByteMeter;
import io.narrows.relay.net.OffLoopResolver;
import io.narrows.relay.net.TlsEngines;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Opens relay connections over TCP or TLS. All of them live on one event loop, which the caller owns and shuts down;
 * {@link #connect} may be called from any thread.
 */
public final class RelayClient implements RelayConnector {
    private static final WriteBufferWaterMark WATER_MARKS = new WriteBufferWaterMark(2 << 20, 8 << 20);

    private final EventLoop eventLoop;
    private final Loop loop;
    private final RelayClientSettings settings;
    private final RelayMetrics metrics;

    public RelayClient(EventLoop eventLoop, RelayClientSettings settings, RelayMetrics metrics) {
        this.eventLoop = eventLoop;
        this.loop = new NettyLoop(eventLoop);
        this.settings = settings;
        this.metrics = metrics;
    }

    @Override
    public CompletableFuture<RelayConnection> connect(
            InetSocketAddress address, Hello hello, RelayConnection.Listener listener) {
        CompletableFuture<RelayConnection> opened = new CompletableFuture<>();
        Bootstrap bootstrap = new Bootstrap()
                .group(eventLoop)
                .channel(NioSocketChannel.class)
                .resolver(OffLoopResolver.INSTANCE)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, settings.connectTimeoutMs())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARKS)
                .handler(new Pipeline(address, hello, listener, opened));
        // Netty's own limit does not cover the look-up of the host name.
        long limitMs = 2L * settings.connectTimeoutMs() + settings.helloTimeoutMs();
        Loop.Timer limit = loop.schedule(
                TimeUnit.MILLISECONDS.toNanos(limitMs),
                () -> opened.completeExceptionally(
                        new IOException("no relay connection to " + address + " within " + limitMs + " ms")));
        bootstrap.connect(address).addListener(connected -> {
            if (!connected.isSuccess()) {
                loop.execute(() -> opened.completeExceptionally(
                        new IOException("cannot connect to the relay at " + address, connected.cause())));
            }
        });
        var unused = opened.whenComplete((connection, failure) -> limit.cancel());
        return opened;
    }

    private final class Pipeline extends ChannelInitializer<SocketChannel> {
        private final InetSocketAddress address;
        private final Hello hello;
        private final RelayConnection.Listener listener;
        private final CompletableFuture<RelayConnection> opened;

        private Pipeline(
                InetSocketAddress address,
                Hello hello,
                RelayConnection.Listener listener,
                CompletableFuture<RelayConnection> opened) {
            this.address = address;
            this.hello = hello;
            this.listener = listener;
            this.opened = opened;
        }

        @Override
        protected void initChannel(SocketChannel channel) {
            channel.pipeline().addLast(new ByteMeter());
            TlsEngines tls = settings.tls();
            if (tls != null) {
                tls.addTo(channel, address);
            }
            channel.pipeline()
                    .addLast(
                            new FrameDecoder(RelayProtocol.MAX_HELLO_FRAME_BYTES),
                            new ClientConnection(loop, settings, metrics, hello, listener, opened));
        }
    }
}
