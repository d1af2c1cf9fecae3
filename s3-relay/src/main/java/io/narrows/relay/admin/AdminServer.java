package io.narrows.relay.admin;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.metrics.MetricCatalog;
import io.narrows.relay.net.Outbound;
import io.narrows.relay.net.TlsEngines;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin HTTP endpoint: {@code /metrics}, {@code /healthz}, {@code /readyz}, {@code /status}. Owns its server, its
 * event loop, which owns the connections, and {@link AdminPages}. Whatever clients send or leave out, {@code /healthz}
 * is answered: connections, request sizes and times are bounded, and a new connection takes the place of the one that
 * has waited longest for its request.
 */
public final class AdminServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
    private static final int MAX_LINE_BYTES = 4096;
    private static final int MAX_HEADER_BYTES = 16_384;
    private static final int MAX_BODY_BYTES = 1024;
    private static final int BACKLOG = 128;
    private static final long BIND_LIMIT_MS = 10_000;
    private static final long CLOSE_LIMIT_MS = 2_000;

    private final AdminPages pages;
    private final AdminAccess access;
    private final AdminDeadlines deadlines;
    private final NioEventLoopGroup loops = new NioEventLoopGroup(1, new DefaultThreadFactory("narrows-admin", true));
    private final Loop loop = new NettyLoop(loops.next());

    /** In the order of their arrival. Owned by the loop. */
    private final Map<Channel, AdminConnection> connections = new LinkedHashMap<>();

    private int port;

    /**
     * What the endpoint shows.
     *
     * @param notReady why the process is not ready; empty when it is
     * @param warnings what is wrong although the process is ready
     * @param status JSON; completes within a bounded time
     */
    public record Sources(
            MetricRegistry metrics,
            MetricCatalog catalog,
            Supplier<String> notReady,
            Supplier<List<Readiness.Reason>> warnings,
            Supplier<CompletableFuture<String>> status) {}

    private AdminServer(Sources sources, AdminAccess access, AdminDeadlines deadlines) {
        this.pages = new AdminPages(
                sources.metrics(), sources.catalog(), sources.notReady(), sources.warnings(), sources.status());
        this.access = access;
        this.deadlines = deadlines;
    }

    /** Binds and serves in plain text without authentication; port 0 takes a free one. */
    public static AdminServer start(InetSocketAddress address, Sources sources) throws IOException {
        return start(address, sources, AdminAccess.OPEN);
    }

    /** Binds and serves; port 0 takes a free one. Blocks until it is bound. */
    public static AdminServer start(InetSocketAddress address, Sources sources, AdminAccess access) throws IOException {
        return start(address, sources, access, AdminDeadlines.DEFAULT);
    }

    static AdminServer start(InetSocketAddress address, Sources sources, AdminAccess access, AdminDeadlines deadlines)
            throws IOException {
        AdminServer admin = new AdminServer(sources, access, deadlines);
        try {
            admin.bind(address);
        } catch (IOException e) {
            admin.close();
            throw e;
        }
        return admin;
    }

    private void bind(InetSocketAddress address) throws IOException {
        ChannelFuture bound = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accept(channel);
                    }
                })
                .bind(new InetSocketAddress(address.getHostString(), address.getPort()));
        if (!bound.awaitUninterruptibly(BIND_LIMIT_MS) || !bound.isSuccess()) {
            throw new IOException(
                    bound.cause() == null
                            ? "not bound within " + BIND_LIMIT_MS + " ms"
                            : bound.cause().getMessage(),
                    bound.cause());
        }
        InetSocketAddress local = (InetSocketAddress) bound.channel().localAddress();
        port = local.getPort();
        LOG.atInfo().addKeyValue("address", local).addKeyValue("access", access).log("Admin endpoint started");
        if (!local.getAddress().isLoopbackAddress() && access.equals(AdminAccess.OPEN)) {
            LOG.atWarn()
                    .addKeyValue("address", local)
                    .log("Admin endpoint is open to the network without TLS and without a token");
        }
    }

    private void accept(SocketChannel channel) {
        AdminConnection connection = new AdminConnection(pages, access, deadlines, loop);
        if (connections.size() >= deadlines.connections()) {
            replaceOldest();
        }
        connections.put(channel, connection);
        Future<?> unused = channel.closeFuture().addListener(closed -> {
            AdminConnection unusedConnection = connections.remove(channel);
        });
        TlsEngines tls = access.tls();
        if (tls != null) {
            tls.addTo(channel, channel.remoteAddress());
        }
        channel.pipeline()
                .addLast(new HttpServerCodec(new HttpDecoderConfig()
                        .setMaxInitialLineLength(MAX_LINE_BYTES)
                        .setMaxHeaderSize(MAX_HEADER_BYTES)))
                .addLast(new HttpObjectAggregator(MAX_BODY_BYTES, true))
                .addLast(connection);
    }

    /** Of those that are not being answered, or of all when every one is. */
    private void replaceOldest() {
        Channel victim = connections.keySet().iterator().next();
        for (Map.Entry<Channel, AdminConnection> entry : connections.entrySet()) {
            if (!entry.getValue().isAnswering()) {
                victim = entry.getKey();
                break;
            }
        }
        AdminConnection unused = connections.remove(victim);
        Outbound.close(victim);
    }

    public int port() {
        return port;
    }

    @Override
    public void close() {
        boolean unused = loops.shutdownGracefully(0, CLOSE_LIMIT_MS, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(CLOSE_LIMIT_MS);
        pages.close();
    }
}
