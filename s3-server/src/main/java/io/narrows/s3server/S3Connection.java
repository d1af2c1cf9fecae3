package io.narrows.s3server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection: one request at a time from its head to its sent answer; what a client sends meanwhile waits in
 * the socket. Injected latency and hangs are timers of the event loop and hold no thread. Lives on its event loop; owns
 * the exchange and the messages that wait.
 *
 * <pre>
 * IDLE --head--> RECEIVING --last content--> WAITING (latency, hang) --due--> SENDING --flushed--> IDLE
 * </pre>
 */
final class S3Connection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(S3Connection.class);

    private final EmbeddedS3Server server;
    private final ArrayDeque<Object> waiting = new ArrayDeque<>();
    private boolean draining;
    private boolean answering;

    private Operation operation = Operation.OTHER;
    private String resource = "";
    private long arrivedNanos;
    private boolean keepAlive = true;
    private boolean headOnly;
    private long bodyBytes;
    private boolean answeredEarly;
    private @Nullable Exchange exchange;
    private @Nullable S3Failure refused;

    S3Connection(EmbeddedS3Server server) {
        this.server = server;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        waiting.add(message);
        drain(ctx);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        endExchange();
        for (Object message = waiting.poll(); message != null; message = waiting.poll()) {
            ReferenceCountUtil.release(message);
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.atDebug().addKeyValue("channel", ctx.channel()).setCause(cause).log("Closing a connection after an error");
        ChannelFuture unused = ctx.close();
    }

    private void drain(ChannelHandlerContext ctx) {
        if (draining) {
            return;
        }
        draining = true;
        try {
            while (!answering && !waiting.isEmpty()) {
                handle(ctx, waiting.poll());
            }
        } finally {
            draining = false;
        }
        ctx.channel().config().setAutoRead(!answering);
    }

    private void handle(ChannelHandlerContext ctx, @Nullable Object message) {
        try {
            if (message instanceof HttpRequest request) {
                begin(ctx, request);
            }
            if (message instanceof HttpContent content && !answeredEarly) {
                receive(content.content());
                if (content instanceof LastHttpContent) {
                    end(ctx);
                }
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest http) {
        arrivedNanos = server.nanoTime();
        operation = Operation.OTHER;
        resource = http.uri();
        keepAlive = HttpUtil.isKeepAlive(http) && http.decoderResult().isSuccess();
        headOnly = http.method().equals(HttpMethod.HEAD);
        refused = null;
        bodyBytes = 0;
        boolean awaitsContinue = HttpUtil.is100ContinueExpected(http);
        try {
            if (http.decoderResult().isFailure()) {
                throw new S3Failure(S3Error.INVALID_ARGUMENT, "malformed request");
            }
            S3Request request = S3Request.parse(http);
            operation = request.operation();
            bodyBytes = request.rangeBytes();
            server.counters().request(operation);
            if (server.faults().refuses(operation)) {
                throw new S3Failure(S3Error.SLOW_DOWN, "injected");
            }
            server.faults().refusals().check(request);
            exchange = server.service().open(request);
            if (awaitsContinue) {
                ChannelFuture unused = ctx.writeAndFlush(new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
            }
        } catch (RuntimeException e) {
            refuse(e);
            if (awaitsContinue) {
                // The client may never send the body, so nothing after this answer can be told apart from it.
                keepAlive = false;
                answeredEarly = true;
                end(ctx);
            }
        }
    }

    private void receive(ByteBuf part) {
        if (operation == Operation.PUT) {
            server.counters().received(part.readableBytes());
            bodyBytes += part.readableBytes();
        }
        if (exchange != null) {
            try {
                exchange.body(part);
            } catch (RuntimeException e) {
                refuse(e);
            }
        }
    }

    private void end(ChannelHandlerContext ctx) {
        answering = true;
        Supplier<Answer> answer = this::refusal;
        if (exchange != null) {
            try {
                answer = exchange.end();
                exchange = null;
            } catch (RuntimeException e) {
                refuse(e);
            }
        }
        long latencyNanos = server.faults().drawLatencyNanos(operation, bodyBytes);
        await(ctx, arrivedNanos + latencyNanos - server.nanoTime(), answer);
    }

    private void await(ChannelHandlerContext ctx, long nanos, Supplier<Answer> answer) {
        long hangNanos = nanos > 0 ? 0 : server.faults().hangNanos(operation);
        long delayNanos = Math.max(nanos, hangNanos);
        if (delayNanos > 0) {
            ScheduledFuture<?> unused =
                    ctx.executor().schedule(() -> await(ctx, 0, answer), delayNanos, TimeUnit.NANOSECONDS);
        } else if (ctx.channel().isActive()) {
            send(ctx, make(answer));
        }
    }

    private Answer make(Supplier<Answer> answer) {
        try {
            return answer.get();
        } catch (RuntimeException e) {
            refuse(e);
            return refusal();
        }
    }

    private void send(ChannelHandlerContext ctx, Answer answer) {
        if (answer.isError()) {
            server.counters().error();
        } else if (operation == Operation.GET) {
            server.counters().sent(answer.length());
        }
        ChannelFuture sent;
        if (answer.content() instanceof ByteBuf buffer) {
            ByteBuf body = headOnly ? Unpooled.EMPTY_BUFFER : buffer;
            HttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.status(), body);
            describe(response, answer);
            if (headOnly) {
                answer.release();
            }
            sent = ctx.writeAndFlush(response);
        } else {
            HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, answer.status());
            describe(response, answer);
            ChannelFuture unused = ctx.write(response);
            unused = ctx.write(answer.content());
            sent = ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        }
        ChannelFuture unused = sent.addListener((ChannelFutureListener) done -> next(ctx, done));
    }

    private void describe(HttpResponse response, Answer answer) {
        for (Map.Entry<String, String> header : answer.headers().entrySet()) {
            response.headers().set(header.getKey(), header.getValue());
        }
        if (answer.status().code() != HttpResponseStatus.NO_CONTENT.code()) {
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, answer.length());
        }
        if (!keepAlive) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        response.headers().set("x-amz-request-id", server.nextRequestId());
        String date = server.faults().refusals().date();
        if (date != null) {
            response.headers().set(HttpHeaderNames.DATE, date);
        }
    }

    private void next(ChannelHandlerContext ctx, ChannelFuture sent) {
        if (!sent.isSuccess() || !keepAlive) {
            ChannelFuture unused = ctx.close();
            return;
        }
        answering = false;
        drain(ctx);
    }

    private void refuse(RuntimeException cause) {
        endExchange();
        if (cause instanceof S3Failure failure) {
            refused = failure;
        } else {
            LOG.atWarn().addKeyValue("resource", resource).setCause(cause).log("A request failed");
            refused = new S3Failure(S3Error.INTERNAL, "the server failed");
        }
    }

    private Answer refusal() {
        S3Failure failure = refused == null ? new S3Failure(S3Error.INTERNAL, "no exchange") : refused;
        return Answer.error(failure, resource);
    }

    private void endExchange() {
        if (exchange != null) {
            exchange.abort();
            exchange = null;
        }
    }
}
