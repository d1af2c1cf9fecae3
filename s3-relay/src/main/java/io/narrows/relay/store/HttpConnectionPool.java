package io.narrows.relay.store;

import io.narrows.relay.net.OffLoopResolver;
import io.narrows.relay.net.Outbound;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.pool.AbstractChannelPoolHandler;
import io.netty.channel.pool.ChannelHealthChecker;
import io.netty.channel.pool.FixedChannelPool;
import io.netty.channel.pool.FixedChannelPool.AcquireTimeoutAction;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges with one HTTP/1.1 server over connections that Netty's pool keeps: one exchange at a time on each. All of it
 * happens on one event loop, for a change of threads costs as much as the rest of an exchange; any thread may ask. Owns the
 * connections; its creator closes it before the event loop ends.
 */
final class HttpConnectionPool implements AutoCloseable {
    private static final int MAX_LINE_BYTES = 8 << 10;
    private static final int MAX_HEAD_BYTES = 32 << 10;
    /** A body comes in the pieces in which the socket is read. */
    private static final int READ_BYTES = 256 << 10;
    /** Exchanges that wait for a connection; the SDK's HTTP client has the same bound. */
    private static final int MAX_WAITING = 10_000;

    private final EventLoop loop;
    private final Bounds bounds;
    private final FixedChannelPool pool;
    /** Exchanges without a connection; the one that removes it owns it. A loop that ends forgets connections being opened. */
    private final Map<Long, Exchange> waiting = new ConcurrentHashMap<>();

    /** Owned by the loop. */
    private long started;

    private volatile boolean closed;

    HttpConnectionPool(Server server, Bounds bounds, EventLoop loop, @Nullable SslContext tls) {
        this(server, bounds, loop, tls, ChannelHealthChecker.ACTIVE);
    }

    /** {@code look} is what the pool takes of a connection before it hands it out again. */
    HttpConnectionPool(
            Server server, Bounds bounds, EventLoop loop, @Nullable SslContext tls, ChannelHealthChecker look) {
        this.loop = loop;
        this.bounds = bounds;
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .resolver(OffLoopResolver.STORE)
                .remoteAddress(server.host(), server.port())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        bounds.connect().toMillis())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.RCVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(2048, 16 << 10, READ_BYTES));
        AbstractChannelPoolHandler handler = new AbstractChannelPoolHandler() {
            @Override
            public void channelCreated(Channel channel) {
                if (tls != null) {
                    channel.pipeline().addLast(tls.newHandler(channel.alloc(), server.host(), server.port()));
                }
                channel.pipeline()
                        .addLast(
                                new HttpClientCodec(MAX_LINE_BYTES, MAX_HEAD_BYTES, READ_BYTES),
                                new IdleStateHandler(bounds.idle().toMillis(), 0, 0, TimeUnit.MILLISECONDS),
                                new Connection());
            }
        };
        // The one that was used last comes first, so the others get old and end.
        this.pool = new FixedChannelPool(
                bootstrap,
                handler,
                look,
                AcquireTimeoutAction.FAIL,
                bounds.exchange().toMillis(),
                bounds.connections(),
                MAX_WAITING,
                true,
                true);
    }

    /** For connections to any peer with a certificate for the host name. */
    static SslContextBuilder tls() {
        return SslContextBuilder.forClient().endpointIdentificationAlgorithm("HTTPS");
    }

    record Server(String host, int port) {}

    /**
     * @param maximum number of connections; further exchanges wait for one
     * @param exchange of one exchange, the wait for a connection included
     * @param idle after which an unused connection is closed
     */
    record Bounds(int connections, Duration connect, Duration exchange, Duration idle) {}

    /** Gets an answer as it arrives, on the event loop of its connection. */
    interface Receiver {
        /** The answer has begun. {@code abandon}, for any thread, ends the exchange with its connection. */
        void onHead(HttpResponse head, Runnable abandon);

        /** A part of the answer's body. Borrows {@code part}. */
        void onBody(ByteBuf part);
    }

    /**
     * Sends the request. The future ends with the status when the answer is complete, or fails, in bounded time; after a
     * failure it is not known whether the request has had effects. Consumes {@code request}.
     */
    CompletableFuture<Integer> ask(FullHttpRequest request, Receiver receiver) {
        Exchange exchange = new Exchange(request, receiver, new CompletableFuture<>());
        try {
            loop.execute(() -> start(exchange));
        } catch (RejectedExecutionException e) {
            exchange.drop(e);
        }
        return exchange.done();
    }

    private void start(Exchange exchange) {
        Future<?> limit = loop.schedule(
                () -> exchange.fail(new IOException("deadline of the response exceeded")),
                bounds.exchange().toMillis(),
                TimeUnit.MILLISECONDS);
        CompletableFuture<Integer> unused = exchange.done().whenComplete((status, failure) -> limit.cancel(false));
        long number = started++;
        waiting.put(number, exchange);
        if (closed) {
            dropWaiting();
            return;
        }
        Future<?> unusedToo = pool.acquire().addListener((Future<Channel> acquired) -> {
            boolean owned = waiting.remove(number) != null;
            if (acquired.isSuccess() && owned) {
                begin(exchange, acquired.getNow());
            } else if (acquired.isSuccess()) {
                giveBack(acquired.getNow());
            } else if (owned) {
                exchange.drop(acquired.cause());
            }
        });
    }

    private void dropWaiting() {
        for (Long number : List.copyOf(waiting.keySet())) {
            Exchange exchange = waiting.remove(number);
            if (exchange != null) {
                exchange.drop(new IOException("the connection pool is closed"));
            }
        }
    }

    private void begin(Exchange exchange, Channel channel) {
        // One that ended since the pool looked at it may have said so already, and lost its handlers with that.
        if (!channel.isActive() || exchange.done().isDone()) {
            exchange.drop(new IOException("the connection was closed"));
            giveBack(channel);
        } else {
            channel.pipeline().get(Connection.class).begin(exchange, channel);
        }
    }

    /** After all that was read together, so that bytes behind an answer are not taken for the next one. */
    private void giveBack(Channel channel) {
        loop.execute(() -> {
            Future<?> unused = pool.release(channel);
        });
    }

    /** Fails exchanges that wait for a connection, and closes unused ones. */
    @Override
    public void close() {
        closed = true;
        dropWaiting();
        Future<?> unused = pool.closeAsync();
    }

    /** One request and what becomes of it. Owns the request until there is a connection for it. */
    private record Exchange(FullHttpRequest request, Receiver receiver, CompletableFuture<Integer> done) {
        /** There is no connection for it. */
        void drop(Throwable cause) {
            boolean unused = request.release();
            fail(cause);
        }

        /** For any thread. */
        void fail(Throwable cause) {
            boolean unused = done.completeExceptionally(cause);
        }
    }

    /** One connection and the exchange on it, if any, after which it goes back to the pool. */
    private final class Connection extends SimpleChannelInboundHandler<HttpObject> {
        private @Nullable Exchange exchange;
        private int status;
        private boolean interim;
        private boolean keptAlive;

        void begin(Exchange next, Channel channel) {
            exchange = next;
            keptAlive = false;
            Outbound.writeAndFlush(channel, next.request());
            // Independently of the cause, later bytes on the connection are useless.
            CompletableFuture<Integer> unused = next.done().whenComplete((status, failure) -> {
                if (failure != null) {
                    Outbound.close(channel);
                }
            });
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
            Exchange present = exchange;
            if (present == null || message.decoderResult().isFailure()) {
                // An answer to nothing, or no HTTP: what follows cannot be told apart.
                end(context, message.decoderResult().cause());
                return;
            }
            if (message instanceof HttpResponse head) {
                interim = head.status().codeClass().equals(HttpStatusClass.INFORMATIONAL);
                if (!interim) {
                    status = head.status().code();
                    keptAlive = HttpUtil.isKeepAlive(head) && HttpUtil.isContentLengthSet(head);
                    present.receiver().onHead(head, () -> present.fail(new IOException("the request was cancelled")));
                }
            }
            if (message instanceof HttpContent part && !interim) {
                present.receiver().onBody(part.content());
                if (message instanceof LastHttpContent) {
                    finish(context, present);
                }
            }
        }

        private void finish(ChannelHandlerContext context, Exchange present) {
            exchange = null;
            if (!present.done().complete(status) || !keptAlive) {
                Outbound.close(context);
            }
            giveBack(context.channel());
        }

        private void end(ChannelHandlerContext context, @Nullable Throwable cause) {
            Exchange present = exchange;
            exchange = null;
            Outbound.close(context);
            if (present != null) {
                giveBack(context.channel());
                present.fail(new IOException("the connection was closed before a response", cause));
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
            if (event instanceof IdleStateEvent && exchange == null) {
                Outbound.close(context);
            }
            super.userEventTriggered(context, event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            end(context, null);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            end(context, cause);
        }
    }
}
