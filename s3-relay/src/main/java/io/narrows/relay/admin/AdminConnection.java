package io.narrows.relay.admin;

import io.narrows.relay.loop.Loop;
import io.narrows.relay.net.Outbound;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.concurrent.Future;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the admin endpoint, last handler of its pipeline. Owned by the endpoint's event loop. It is closed
 * when a request, the answer to it, or the client's reading takes longer than its deadline.
 *
 * <pre>
 *   AWAITING --whole request--> ANSWERING --written--> AWAITING, or closed
 * </pre>
 */
final class AdminConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(AdminConnection.class);

    private final AdminPages pages;
    private final AdminAccess access;
    private final AdminDeadlines deadlines;
    private final Loop loop;
    private Loop.@Nullable Timer deadline;
    private boolean answering;

    AdminConnection(AdminPages pages, AdminAccess access, AdminDeadlines deadlines, Loop loop) {
        this.pages = pages;
        this.access = access;
        this.deadlines = deadlines;
        this.loop = loop;
    }

    /** Whether a whole request has come that is not answered yet. */
    boolean isAnswering() {
        return answering;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        closeIn(ctx, deadlines.requestMs());
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        cancel();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        if (answering) {
            // No client of the endpoint sends the next request before the answer to this one.
            Outbound.close(ctx);
            return;
        }
        answering = true;
        ctx.channel().config().setAutoRead(false);
        closeIn(ctx, deadlines.answerMs());
        boolean keepAlive = HttpUtil.isKeepAlive(request)
                && request.decoderResult().isSuccess()
                && !HttpUtil.isTransferEncodingChunked(request);
        var unused = page(request).thenAccept(page -> loop.execute(() -> write(ctx, page, keepAlive)));
    }

    private CompletableFuture<AdminPages.Page> page(FullHttpRequest request) {
        if (!request.decoderResult().isSuccess()) {
            return answer(AdminPages.BAD_REQUEST, "not an HTTP request\n");
        }
        if (!request.method().equals(HttpMethod.GET)) {
            return answer(AdminPages.METHOD_NOT_ALLOWED, "only GET\n");
        }
        String path = new QueryStringDecoder(request.uri()).path();
        return access.admits(path, request.headers().get(HttpHeaderNames.AUTHORIZATION))
                ? pages.page(path)
                : answer(AdminPages.UNAUTHORIZED, "the header Authorization: Bearer must have the token\n");
    }

    private static CompletableFuture<AdminPages.Page> answer(int code, String body) {
        return CompletableFuture.completedFuture(new AdminPages.Page(code, AdminPages.TEXT, body));
    }

    private void write(ChannelHandlerContext ctx, AdminPages.Page page, boolean keepAlive) {
        if (!ctx.channel().isActive()) {
            return;
        }
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(page.code()),
                ByteBufUtil.writeUtf8(ctx.alloc(), page.body()));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, page.contentType());
        if (page.code() == AdminPages.UNAUTHORIZED) {
            response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
        }
        HttpUtil.setContentLength(response, response.content().readableBytes());
        HttpUtil.setKeepAlive(response, keepAlive);
        ChannelFuture written = ctx.writeAndFlush(response);
        Future<?> unused = written.addListener(done -> {
            if (!done.isSuccess() || !keepAlive) {
                Outbound.close(ctx);
                return;
            }
            answering = false;
            closeIn(ctx, deadlines.idleMs());
            ctx.channel().config().setAutoRead(true);
        });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.atDebug()
                .addKeyValue("client", ctx.channel().remoteAddress())
                .setCause(cause)
                .log("Admin connection failed");
        Outbound.close(ctx);
    }

    private void closeIn(ChannelHandlerContext ctx, long delayMs) {
        cancel();
        deadline = loop.schedule(TimeUnit.MILLISECONDS.toNanos(delayMs), () -> Outbound.close(ctx));
    }

    private void cancel() {
        if (deadline != null) {
            deadline.cancel();
            deadline = null;
        }
    }
}
