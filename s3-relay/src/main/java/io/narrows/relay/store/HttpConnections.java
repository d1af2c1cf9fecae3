package io.narrows.relay.store;

import io.narrows.relay.net.OffLoopResolver;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges with one HTTP/1.1 server over connections that are kept: one exchange at a time on each. Every event loop has
 * connections of its own, which it alone touches. Owns the connections, which end with their event loops; any thread may
 * ask.
 */
final class HttpConnections {
    private static final int MAX_LINE_BYTES = 8 << 10;
    private static final int MAX_HEAD_BYTES = 32 << 10;
    /** A body comes in the pieces in which the socket is read. */
    private static final int READ_BYTES = 256 << 10;

    private final Server server;
    private final Bounds bounds;
    private final EventLoopGroup loops;
    private final LongSupplier nanoTime;
    private final @Nullable SslContext tls;
    private final IdentityHashMap<EventExecutor, LoopConnections> byLoop = new IdentityHashMap<>();

    HttpConnections(
            Server server, Bounds bounds, EventLoopGroup loops, LongSupplier nanoTime, @Nullable SslContext tls) {
        this.server = server;
        this.bounds = bounds;
        this.loops = loops;
        this.nanoTime = nanoTime;
        this.tls = tls;
        for (EventExecutor loop : loops) {
            byLoop.put(loop, new LoopConnections((EventLoop) loop));
        }
    }

    record Server(String host, int port) {}

    /**
     * @param perLoop connections of each event loop; further exchanges wait for one
     * @param exchange of one exchange, the wait for a connection included
     * @param idle after which a connection is not used again
     */
    record Bounds(int perLoop, Duration connect, Duration exchange, Duration idle) {}

    /** Starts the exchange as soon as there is a connection. */
    void start(HttpExchange exchange) {
        LoopConnections connections = byLoop.get(loops.next());
        if (connections == null) {
            throw new IllegalStateException("invariant violated: the event loops of a group do not change");
        }
        try {
            connections.loop.execute(() -> connections.start(exchange));
        } catch (RejectedExecutionException e) {
            fail(exchange, e);
        }
    }

    private static void fail(HttpExchange exchange, Throwable cause) {
        if (exchange.finish()) {
            exchange.onFailure(cause);
        }
    }

    /** The connections of one event loop. */
    private final class LoopConnections {
        private final EventLoop loop;
        private final ArrayDeque<Connection> idle = new ArrayDeque<>();
        private final ArrayDeque<HttpExchange> waiting = new ArrayDeque<>();
        private final Bootstrap bootstrap;
        private int open;

        LoopConnections(EventLoop loop) {
            this.loop = loop;
            this.bootstrap = new Bootstrap()
                    .group(loop)
                    .channel(NioSocketChannel.class)
                    .resolver(OffLoopResolver.INSTANCE)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                            bounds.connect().toMillis())
                    .option(ChannelOption.TCP_NODELAY, true)
                    .option(ChannelOption.SO_KEEPALIVE, true)
                    .option(
                            ChannelOption.RCVBUF_ALLOCATOR,
                            new AdaptiveRecvByteBufAllocator(2048, 16 << 10, READ_BYTES));
        }

        long nanoTime() {
            return nanoTime.getAsLong();
        }

        void start(HttpExchange exchange) {
            exchange.limitedBy(
                    loop.schedule(() -> timedOut(exchange), bounds.exchange().toMillis(), TimeUnit.MILLISECONDS));
            waiting.add(exchange);
            serve();
        }

        private void timedOut(HttpExchange exchange) {
            boolean unused = waiting.remove(exchange);
            exchange.abandon();
            fail(exchange, new IOException("no answer in time"));
        }

        /** Gives connections to what waits. */
        private void serve() {
            while (!waiting.isEmpty()) {
                Connection free = freshest();
                if (free != null) {
                    HttpExchange next = waiting.remove();
                    if (next.isAbandoned()) {
                        idle.addFirst(free);
                        fail(next, new IOException("nobody waits any more"));
                    } else {
                        free.begin(next);
                    }
                } else if (open < bounds.perLoop()) {
                    connect(waiting.remove());
                } else {
                    return;
                }
            }
        }

        /** The one that was used last, unless it has been idle for so long that the server may be closing it. */
        private @Nullable Connection freshest() {
            for (Connection next = idle.pollFirst(); next != null; next = idle.pollFirst()) {
                boolean fresh =
                        nanoTime.getAsLong() - next.idleSince < bounds.idle().toNanos();
                if (fresh && next.isUsable()) {
                    return next;
                }
                next.close();
            }
            return null;
        }

        private void connect(HttpExchange exchange) {
            open++;
            Connection connection = new Connection(this);
            ChannelFuture connecting = bootstrap
                    .clone()
                    .handler(new ChannelInitializer<SocketChannel>() {
                        @Override
                        protected void initChannel(SocketChannel channel) {
                            addTls(channel);
                            channel.pipeline()
                                    .addLast(
                                            new HttpResponseDecoder(MAX_LINE_BYTES, MAX_HEAD_BYTES, READ_BYTES),
                                            connection);
                        }
                    })
                    .connect(server.host(), server.port());
            ChannelFuture unused = connecting.addListener(done -> {
                if (!done.isSuccess()) {
                    open--;
                    fail(exchange, done.cause());
                    serve();
                } else if (exchange.isOver()) {
                    connection.rest();
                } else {
                    connection.begin(exchange);
                }
            });
        }

        private void addTls(SocketChannel channel) {
            if (tls != null) {
                SSLEngine engine = tls.newEngine(channel.alloc(), server.host(), server.port());
                SSLParameters parameters = engine.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                engine.setSSLParameters(parameters);
                SslHandler handler = new SslHandler(engine);
                handler.setHandshakeTimeoutMillis(bounds.exchange().toMillis());
                channel.pipeline().addLast(handler);
            }
        }
    }

    /** One connection and the exchange on it, if any. */
    private static final class Connection extends ChannelInboundHandlerAdapter {
        private final LoopConnections owner;
        private @Nullable ChannelHandlerContext context;
        private @Nullable HttpExchange exchange;
        private boolean answered;
        private boolean keptAlive;
        private long idleSince;

        Connection(LoopConnections owner) {
            this.owner = owner;
        }

        void begin(HttpExchange next) {
            ChannelHandlerContext present = context;
            if (present == null || !isUsable()) {
                fail(next, new IOException("the connection has ended"));
                return;
            }
            exchange = next;
            answered = false;
            keptAlive = false;
            next.startOn(present.channel());
        }

        boolean isUsable() {
            return context != null && context.channel().isActive();
        }

        void close() {
            if (context != null) {
                var unused = context.close();
            }
        }

        /** Waits for the next exchange. */
        void rest() {
            if (isUsable()) {
                idleSince = owner.nanoTime();
                owner.idle.addFirst(this);
            }
            owner.serve();
        }

        @Override
        public void handlerAdded(ChannelHandlerContext added) {
            context = added;
        }

        @Override
        public void channelRead(ChannelHandlerContext unusedContext, Object message) {
            try {
                read((HttpObject) message);
            } finally {
                boolean unused = ReferenceCountUtil.release(message);
            }
        }

        private void read(HttpObject message) {
            HttpExchange present = exchange;
            if (present == null || present.isOver() || message.decoderResult().isFailure()) {
                // An answer to nothing, or one that nobody waits for, or no HTTP: what follows cannot be told apart.
                end(new IOException(
                        "not the answer that was waited for",
                        message.decoderResult().cause()));
                return;
            }
            if (message instanceof HttpResponse head
                    && !head.status().codeClass().equals(HttpStatusClass.INFORMATIONAL)) {
                answered = true;
                keptAlive = HttpUtil.isKeepAlive(head) && HttpUtil.isContentLengthSet(head);
                present.onHead(head);
            }
            if (answered && message instanceof HttpContent part) {
                if (part.content().isReadable()) {
                    present.onBody(part.content());
                }
                if (message instanceof LastHttpContent) {
                    finish(present);
                }
            }
        }

        private void finish(HttpExchange present) {
            exchange = null;
            if (keptAlive) {
                rest();
            } else {
                close();
            }
            if (present.finish()) {
                present.onEnd();
            }
        }

        private void end(Throwable cause) {
            HttpExchange present = exchange;
            exchange = null;
            if (present != null) {
                fail(present, cause);
            }
            close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext unusedContext) {
            owner.open--;
            boolean unused = owner.idle.remove(this);
            end(new IOException("the connection has ended"));
            owner.serve();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext unusedContext, Throwable cause) {
            end(cause);
        }
    }
}
