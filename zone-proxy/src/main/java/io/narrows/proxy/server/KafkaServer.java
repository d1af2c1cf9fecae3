package io.narrows.proxy.server;

import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.api.ApiTable;
import io.narrows.proxy.metadata.Endpoint;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.memory.ClientMemory;
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
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts clients on the listeners. Any thread may call it. Owns the listening and accepted channels; the event loops
 * belong to the caller.
 */
public final class KafkaServer {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaServer.class);
    private static final int BACKLOG = 512;
    private static final int LOW_WATER_BYTES = 256 << 10;
    private static final int HIGH_WATER_BYTES = 1 << 20;

    private final Dependencies dependencies;
    private final Loop loop;
    private final ServerMetrics metrics;
    private final ConnectionLimits connectionLimits;
    private final UnsentResponses unsent;
    private final ChannelGroup accepted = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
    private final List<Channel> listening = new ArrayList<>();
    private volatile boolean draining;

    /** Bounds of the whole server. */
    public record Limits(
            int maxConnections,
            int maxConnectionsPerIp,
            int maxRequestBytes,
            int maxControlRequestBytes,
            SessionLimits session) {}

    /** What the server works with; {@code workers} run the connections. */
    public record Dependencies(
            EventLoopGroup acceptor,
            EventLoopGroup workers,
            ApiTable apis,
            ClientMemory memory,
            MetricRegistry metrics,
            Limits limits) {}

    public KafkaServer(Dependencies dependencies) {
        this.dependencies = dependencies;
        this.loop = new NettyLoop(dependencies.acceptor().next());
        this.metrics =
                new ServerMetrics(dependencies.metrics(), dependencies.apis().keys());
        this.unsent = new UnsentResponses(dependencies.limits().session().maxPendingWriteBytes());
        this.connectionLimits = new ConnectionLimits(
                dependencies.limits().maxConnections(), dependencies.limits().maxConnectionsPerIp());
    }

    /** Completes with the bound address once clients can connect. */
    public CompletableFuture<InetSocketAddress> bind(Listener listener) {
        CompletableFuture<InetSocketAddress> bound = new CompletableFuture<>();
        Acceptor initializer = new Acceptor(listener);
        ChannelFuture binding = new ServerBootstrap()
                .group(dependencies.acceptor(), dependencies.workers())
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(LOW_WATER_BYTES, HIGH_WATER_BYTES))
                .childHandler(initializer)
                .bind(address(listener));
        ChannelFuture unused = binding.addListener((ChannelFuture done) -> {
            if (!done.isSuccess()) {
                boolean ignored = bound.completeExceptionally(new IllegalStateException(
                        "cannot listen on " + listener.host() + ":" + listener.port() + " (listeners): "
                                + done.cause().getMessage(),
                        done.cause()));
                return;
            }
            synchronized (listening) {
                listening.add(done.channel());
            }
            InetSocketAddress local = (InetSocketAddress) done.channel().localAddress();
            LOG.atInfo()
                    .addKeyValue("listener", listener.name())
                    .addKeyValue("address", local)
                    .log("Listener started");
            boolean ignored = bound.complete(local);
        });
        return bound;
    }

    private static InetSocketAddress address(Listener listener) {
        return listener.host().isEmpty()
                ? new InetSocketAddress(listener.port())
                : new InetSocketAddress(listener.host(), listener.port());
    }

    boolean isDraining() {
        return draining;
    }

    public int connections() {
        return connectionLimits.total();
    }

    /**
     * Stops accepting, lets the connections finish what they have read, and completes when all are closed; those left
     * after the time limit are closed as they are.
     */
    public CompletableFuture<Void> drain(long timeLimitMs) {
        CompletableFuture<Void> drained = new CompletableFuture<>();
        draining = true;
        synchronized (listening) {
            listening.forEach(channel -> {
                ChannelFuture unused = channel.close();
            });
        }
        sessions.forEach(Session::drain);
        Loop.Timer deadline = loop.schedule(TimeUnit.MILLISECONDS.toNanos(timeLimitMs), () -> {
            LOG.atWarn()
                    .addKeyValue("connections", accepted.size())
                    .log("Drain deadline exceeded, closing connections");
            Future<?> unused = accepted.close();
        });
        Future<?> unused = accepted.newCloseFuture().addListener(done -> {
            deadline.cancel();
            boolean ignored = drained.complete(null);
        });
        return drained;
    }

    /** Builds the pipeline of each connection of one listener. */
    private final class Acceptor extends ChannelInitializer<SocketChannel> {
        private final Listener listener;
        private final TlsEngines tls;

        Acceptor(Listener listener) {
            this.listener = listener;
            this.tls = TlsEngines.of(listener);
        }

        @Override
        protected void initChannel(SocketChannel channel) {
            InetAddress address = channel.remoteAddress().getAddress();
            if (draining || !connectionLimits.tryEnter(address)) {
                metrics.connectionsRefused.inc();
                LOG.atDebug().addKeyValue("client", address).log("Connection refused: connection limit reached");
                ChannelFuture unused = channel.close();
                return;
            }
            boolean unused = accepted.add(channel);
            metrics.connectionsAccepted.inc();
            metrics.connectionsOpen.inc();
            // Before anything that can throw: the channel is closed then, and gives back its place.
            ChannelFuture ignored = channel.closeFuture().addListener(done -> {
                metrics.connectionsOpen.dec();
                connectionLimits.leave(address);
            });
            Session session = assemble(channel);
            sessions.add(session);
            ChannelFuture unusedRemoval = channel.closeFuture().addListener(done -> sessions.remove(session));
            if (draining) {
                session.drain();
            }
        }

        private Session assemble(SocketChannel channel) {
            Limits limits = dependencies.limits();
            ClientIdentity identity = new ClientIdentity(listener, advertised(channel), tls.principals());
            tls.addTo(channel);
            Loop channelLoop = new NettyLoop(channel.eventLoop());
            ReadGate gate = new ReadGate(channel);
            FrameDecoder decoder = new FrameDecoder(
                    new FrameDecoder.Bounds(limits.maxRequestBytes(), limits.maxControlRequestBytes()),
                    new FrameDecoder.Origin(
                            dependencies.memory(),
                            channel.remoteAddress().getAddress().getHostAddress(),
                            channel.id().asLongText()),
                    gate,
                    channelLoop);
            Session session = new Session(
                    new Session.Shared(limits.session(), dependencies.apis(), metrics, unsent, identity, tls.enabled()),
                    channelLoop,
                    gate,
                    decoder);
            channel.pipeline().addLast(decoder, session);
            return session;
        }

        private Endpoint advertised(SocketChannel channel) {
            BrokerPorts ports = listener.brokerPorts();
            int port = ports.means().isPresent()
                    ? ports.commonPort()
                    : channel.localAddress().getPort();
            return listener.advertisedAt(channel.localAddress().getAddress().getHostAddress(), port);
        }
    }
}
