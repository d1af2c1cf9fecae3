package io.narrows.relay.rpc;

import io.narrows.relay.Checks;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.net.ByteMeter;
import io.narrows.relay.net.Outbound;
import io.narrows.relay.rpc.PartCodec.Announcement;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The proxy's end of a relay connection, last handler of its pipeline. Owned by the channel's event loop.
 *
 * <pre>
 *   HELLO_SENT --answer without error--> OPEN --close, error or silence--> CLOSED
 *        |                                                                    ^
 *        +-----------------refused, malformed, timeout------------------------+
 * </pre>
 */
final class ClientConnection extends ChannelInboundHandlerAdapter implements RelayConnection {
    /** Results come in frames of some hundred KiB; see {@link ResultCodec}. */
    private static final int MAX_RESULT_FRAME_BYTES = 16 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    private final Loop loop;
    private final RelayClientSettings settings;
    private final RelayMetrics metrics;
    private final Hello hello;
    private final Listener listener;
    private final CompletableFuture<RelayConnection> opened;

    private State state = State.HELLO_SENT;
    private @Nullable Channel channel;
    private @Nullable HelloReply peer;
    private Loop.@Nullable Timer helloTimer;
    private WireCompression compression = WireCompression.NONE;
    private long lastRequestId = -1;
    private boolean compressParts;

    ClientConnection(
            Loop loop,
            RelayClientSettings settings,
            RelayMetrics metrics,
            Hello hello,
            Listener listener,
            CompletableFuture<RelayConnection> opened) {
        this.loop = loop;
        this.settings = settings;
        this.metrics = metrics;
        this.hello = hello;
        this.listener = listener;
        this.opened = opened;
    }

    Loop loop() {
        return loop;
    }

    @Override
    public HelloReply peer() {
        return Objects.requireNonNull(peer, "open connections have a peer");
    }

    @Override
    public void send(AppendRequest request) {
        loop.assertInLoop();
        Channel open = channel;
        if (state != State.OPEN || open == null) {
            request.release();
            return;
        }
        Checks.argument(request.requestId() > lastRequestId, "request id is not greater than the last one");
        lastRequestId = request.requestId();
        new AppendEncoder(open.alloc(), compression)
                .encode(request, peer().maxFrameBytes())
                .forEach(part -> Outbound.write(open, part));
        open.flush();
    }

    @Override
    public void announce(long number, ByteBuf batch) {
        loop.assertInLoop();
        Channel open = channel;
        if (state == State.OPEN && open != null) {
            compressParts = compression == WireCompression.ZSTD && InlineCompression.isUncompressed(batch);
            Announcement announcement = new Announcement(number, batch.readableBytes());
            Outbound.write(open, PartCodec.encode(open.alloc(), announcement));
            open.flush();
        }
    }

    @Override
    public void withdraw(long number) {
        loop.assertInLoop();
        Channel open = channel;
        if (state == State.OPEN && open != null) {
            Outbound.write(open, PartCodec.encode(open.alloc(), new Announcement(number, 0)));
            open.flush();
        }
    }

    @Override
    public void sendPart(ByteBuf part) {
        loop.assertInLoop();
        ByteBuf compressed = null;
        try {
            Channel open = channel;
            if (state != State.OPEN || open == null) {
                return;
            }
            compressed = compressParts ? InlineCompression.compressPart(open.alloc(), part) : null;
            ByteBuf payload = compressed == null ? part : compressed;
            int bytes = payload.readableBytes();
            Outbound.write(
                    open,
                    compressed == null
                            ? PartCodec.encodePlain(open.alloc(), bytes)
                            : PartCodec.encodeZstd(open.alloc(), bytes, part.readableBytes()));
            Outbound.write(open, payload.retainedSlice());
            open.flush();
        } finally {
            ReferenceCountUtil.release(compressed);
            part.release();
        }
    }

    @Override
    public boolean isWritable() {
        return state == State.OPEN && channel != null && channel.isWritable();
    }

    @Override
    public void close() {
        loop.execute(() -> end(new IOException("the connection was closed by this side")));
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        channel = ctx.channel();
        if (opened.isDone()) {
            end(new IOException("the connection attempt was cancelled"));
            return;
        }
        helloTimer = loop.schedule(
                TimeUnit.MILLISECONDS.toNanos(settings.helloTimeoutMs()),
                () -> end(new IOException("no response to the Hello within " + settings.helloTimeoutMs() + " ms")));
        Outbound.writeAndFlush(ctx, ControlCodec.encode(ctx.alloc(), hello));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Frame frame = (Frame) message;
        try {
            if (state == State.CLOSED) {
                return;
            }
            if (frame.type() == Frame.CLOSE) {
                ControlCodec.CloseReason reason = ControlCodec.decodeClose(frame);
                end(new RelayRefusedException(reason.error(), reason.message()));
            } else if (state == State.HELLO_SENT) {
                onHelloReply(ctx, ControlCodec.decodeHelloReply(frame));
            } else if (frame.type() == Frame.GRANT) {
                listener.onGranted(PartCodec.decodeGrant(frame));
            } else {
                ResultCodec.decode(frame).forEach(listener::onResult);
            }
        } finally {
            frame.release();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (isWritable()) {
            listener.onWritable();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable error) {
        if (error instanceof MalformedFrameException) {
            metrics.malformedFrames().inc();
            LOG.atWarn()
                    .addKeyValue("leader", ctx.channel().remoteAddress())
                    .setCause(error)
                    .log("Malformed relay frame");
            ControlCodec.CloseReason reason =
                    new ControlCodec.CloseReason(RelayError.INVALID_MESSAGE, String.valueOf(error.getMessage()));
            Outbound.writeAndFlush(ctx, ControlCodec.encode(ctx.alloc(), reason));
        }
        end(error);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end(new IOException("the leader closed the connection"));
    }

    private void onHelloReply(ChannelHandlerContext ctx, HelloReply reply) {
        if (reply.error() != RelayError.NONE) {
            end(new RelayRefusedException(reply.error(), reply.message(), reply.knownIncarnation()));
            return;
        }
        if (opened.isDone()) {
            end(new IOException("the connection attempt was cancelled"));
            return;
        }
        MalformedFrameException.check(
                reply.version() >= Math.max(hello.minVersion(), RelayProtocol.MIN_VERSION)
                        && reply.version() <= Math.min(hello.maxVersion(), RelayProtocol.MAX_VERSION),
                "the accepted version is not one that the Hello offered");
        if (helloTimer != null) {
            helloTimer.cancel();
        }
        peer = reply;
        state = State.OPEN;
        if (!reply.zone().equals(hello.zone())) {
            compression = settings.acrossZones();
        }
        metrics.connections().inc();
        ChannelPipeline pipeline = ctx.pipeline();
        pipeline.get(ByteMeter.class)
                .report(metrics.receivedBytes(reply.zone())::inc, metrics.sentBytes(reply.zone())::inc);
        pipeline.get(FrameDecoder.class).maxFrameBytes(MAX_RESULT_FRAME_BYTES);
        KeepAlive.Settings pings = new KeepAlive.Settings(settings.pingIntervalMs(), settings.deadPeerMs());
        pipeline.addBefore(ctx.name(), null, new KeepAlive(loop, pings, metrics::roundTripNanos));
        opened.complete(this);
    }

    private void end(Throwable why) {
        if (state == State.CLOSED) {
            return;
        }
        boolean wasOpen = state == State.OPEN;
        state = State.CLOSED;
        if (helloTimer != null) {
            helloTimer.cancel();
        }
        if (channel != null) {
            Outbound.close(channel);
        }
        if (wasOpen) {
            metrics.connections().dec();
            listener.onClosed(why);
        } else {
            opened.completeExceptionally(why instanceof IOException ? why : new IOException(why));
        }
    }

    private enum State {
        HELLO_SENT,
        OPEN,
        CLOSED
    }
}
