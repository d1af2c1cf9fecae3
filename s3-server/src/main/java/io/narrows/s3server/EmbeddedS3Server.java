package io.narrows.s3server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An S3 server inside this process, over plain HTTP with path-style addresses: the part of the protocol that Narrows
 * uses, with counted requests, injected latency and faults. It takes any credentials. Runs on two event loops of its own
 * and owns them and the stored objects; may be used from any thread.
 */
public final class EmbeddedS3Server implements AutoCloseable {
    private static final int EVENT_LOOPS = 2;
    private static final int MAX_INITIAL_LINE = 16 << 10;
    private static final int MAX_HEADERS = 32 << 10;
    private static final int MAX_CHUNK = 1 << 20;
    private static final int MAX_READ = 512 << 10;

    private final S3Counters counters = new S3Counters();
    private final AtomicLong requestIds = new AtomicLong();
    private final S3Faults faults;
    private final ObjectStorage storage;
    private final S3Service service;
    private final EventLoopGroup loops;
    private final Channel listener;

    private EmbeddedS3Server(EmbeddedS3Config config, ObjectStorage storage) {
        this.faults = new S3Faults(EmbeddedS3Server::clockNanos, config.seed(), config.latency());
        this.storage = storage;
        this.service = new S3Service(storage);
        this.loops = new NioEventLoopGroup(EVENT_LOOPS, new DefaultThreadFactory("s3-server", true));
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.RCVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(1024, 64 << 10, MAX_READ))
                .childHandler(new Connections());
        ChannelFuture bound = bootstrap.bind(config.host(), config.port()).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            Future<?> unused = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            storage.close();
            String address = config.host() + ":" + config.port();
            throw new UncheckedIOException(new IOException("cannot listen on " + address, bound.cause()));
        }
        this.listener = bound.channel();
    }

    /**
     * Starts a server and waits until it listens. Throws {@link UncheckedIOException} when the address is taken or the
     * directory cannot be used.
     */
    public static EmbeddedS3Server start(EmbeddedS3Config config) {
        try {
            ObjectStorage storage = config.directory() == null
                    ? new MemoryStorage(EmbeddedS3Server::clockMs, config.maxMemoryBytes())
                    : new DirectoryStorage(config.directory());
            return new EmbeddedS3Server(config, storage);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use the directory " + config.directory(), e);
        }
    }

    /** Where clients connect to, for example {@code http://127.0.0.1:9000}. */
    public URI endpoint() {
        InetSocketAddress address = (InetSocketAddress) listener.localAddress();
        String host = address.getAddress().getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort());
    }

    /** Creates the bucket if it is missing; throws {@link IllegalArgumentException} for a name S3 would not take. */
    public void createBucket(String name) {
        try {
            storage.createBucket(name);
        } catch (S3Failure e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    public S3Counters counters() {
        return counters;
    }

    public S3Faults faults() {
        return faults;
    }

    /** Closes the listener and all connections and frees objects in memory; files stay. */
    @Override
    public void close() {
        ChannelFuture closed = listener.close().awaitUninterruptibly();
        Future<?> unused = loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        storage.close();
        if (closed.cause() instanceof IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    S3Service service() {
        return service;
    }

    long nanoTime() {
        return clockNanos();
    }

    String nextRequestId() {
        return Long.toString(requestIds.incrementAndGet(), 36);
    }

    @SuppressForbidden("the edge at which real time enters")
    private static long clockNanos() {
        return System.nanoTime();
    }

    @SuppressForbidden("the edge at which real time enters")
    private static long clockMs() {
        return System.currentTimeMillis();
    }

    private final class Connections extends ChannelInitializer<SocketChannel> {
        @Override
        protected void initChannel(SocketChannel channel) {
            channel.pipeline()
                    .addLast(new HttpServerCodec(MAX_INITIAL_LINE, MAX_HEADERS, MAX_CHUNK))
                    .addLast(new S3Connection(EmbeddedS3Server.this));
        }
    }
}
