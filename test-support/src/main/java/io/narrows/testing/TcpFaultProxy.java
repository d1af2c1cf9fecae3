package io.narrows.testing;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy in this process with faults that are switched at run time. One event loop, which the proxy owns, runs the
 * listener and both sides of all connections, and owns all state; the public methods run there and wait for it.
 */
public final class TcpFaultProxy implements FaultyLink {
    private final EventLoopGroup loop = new NioEventLoopGroup(1, new DefaultThreadFactory("fault-proxy", true));
    private final InetSocketAddress upstream;
    private final InetSocketAddress address;

    // Owned by the event loop.
    private final Set<FaultyConnection> connections = new HashSet<>();
    private LinkFaults faults = LinkFaults.NONE;

    /** Guarded by this. */
    private @Nullable Channel listener;

    private TcpFaultProxy(InetSocketAddress upstream) {
        this.upstream = upstream;
        Channel bound = bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        this.listener = bound;
        this.address = (InetSocketAddress) bound.localAddress();
    }

    /** Listens on a free loopback port and passes connections on to {@code upstream}. */
    public static TcpFaultProxy to(InetSocketAddress upstream) {
        return new TcpFaultProxy(upstream);
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    @Override
    public void latency(Duration oneWay) {
        onLoop(() -> faults = faults.withLatency(oneWay.toNanos()));
    }

    @Override
    public void bandwidth(long bytesPerSecond) {
        onLoop(() -> faults = faults.withBandwidth(bytesPerSecond));
    }

    @Override
    public void freeze() {
        onLoop(() -> faults = faults.withFrozen());
    }

    @Override
    public void reset() {
        onLoop(() -> {
            faults = faults.withReset();
            open().forEach(FaultyConnection::reset);
        });
    }

    @Override
    public void disconnect() {
        onLoop(() -> open().forEach(FaultyConnection::close));
    }

    @Override
    public synchronized void refuse() {
        if (listener != null) {
            ChannelFuture unused = listener.close().awaitUninterruptibly();
            listener = null;
            // The kernel goes on accepting until the event loop's next select has dropped the closed socket.
            Await.until("the port is closed", Duration.ofSeconds(10), this::refuses);
        }
        onLoop(() -> open().forEach(FaultyConnection::close));
    }

    @Override
    public synchronized void restore() {
        if (listener == null) {
            listener = bind(address);
        }
        onLoop(() -> {
            faults = LinkFaults.NONE;
            open().forEach(FaultyConnection::pump);
        });
    }

    @Override
    public void close() {
        Future<?> unused = loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    LinkFaults faults() {
        return faults;
    }

    @SuppressForbidden("tests run in real time")
    long nanoTime() {
        return System.nanoTime();
    }

    void closed(FaultyConnection connection) {
        connections.remove(connection);
    }

    private void accept(SocketChannel client) {
        if (faults.reset()) {
            client.config().setSoLinger(0);
            ChannelFuture unused = client.close();
            return;
        }
        client.config().setAutoRead(false);
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInboundHandlerAdapter());
        ChannelFuture unused = bootstrap.connect(upstream).addListener((ChannelFutureListener) connected -> {
            if (connected.isSuccess() && client.isActive()) {
                FaultyConnection connection = FaultyConnection.join(this, client, (SocketChannel) connected.channel());
                connections.add(connection);
                connection.pump();
            } else {
                ChannelFuture ignored = client.close();
                ignored = connected.channel().close();
            }
        });
    }

    private Channel bind(InetSocketAddress at) {
        ChannelFuture bound = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel client) {
                        accept(client);
                    }
                })
                .bind(at)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new UncheckedIOException(new ConnectException("cannot listen on " + at + ": " + bound.cause()));
        }
        return bound.channel();
    }

    private boolean refuses() throws IOException {
        try (Socket probe = new Socket(address.getAddress(), address.getPort())) {
            return !probe.isConnected();
        } catch (ConnectException e) {
            return true;
        }
    }

    private List<FaultyConnection> open() {
        return new ArrayList<>(connections);
    }

    private void onLoop(Runnable change) {
        Future<?> done = loop.submit(change).awaitUninterruptibly();
        if (!done.isSuccess()) {
            throw new IllegalStateException("the fault proxy failed", done.cause());
        }
    }
}
