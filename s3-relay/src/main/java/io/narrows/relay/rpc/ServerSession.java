package io.narrows.relay.rpc;

import io.narrows.relay.Checks;
import io.narrows.relay.log.FoldedLog;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.net.ByteMeter;
import io.narrows.relay.net.Outbound;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.rpc.PartCodec.Announcement;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLSession;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's end of a relay connection, last handler of its pipeline. Owned by the channel's event loop; results come
 * from any thread through a queue, which is drained into as few frames as possible and holds at most one result for each
 * entry that was read.
 *
 * <pre>
 *   AWAITING_HELLO --accepted--> OPEN --close, error, silence, unread results--> CLOSED
 *        |                                                                          ^
 *        +---------------------refused, malformed, timeout--------------------------+
 * </pre>
 */
final class ServerSession extends ChannelInboundHandlerAdapter implements RelaySession {
    private static final int QUEUE_CHUNK = 256;
    private static final Logger LOG = LoggerFactory.getLogger(ServerSession.class);
    private static final FoldedLog ENDS = FoldedLog.perMinute(30);

    private final Channel channel;
    private final Loop loop;
    private final RelayServerSettings settings;
    private final RelayMetrics metrics;
    private final Handler handler;

    private final MpscUnboundedArrayQueue<AppendResult> results = new MpscUnboundedArrayQueue<>(QUEUE_CHUNK);
    private final AtomicBoolean draining = new AtomicBoolean();
    private volatile State state = State.AWAITING_HELLO;

    private Loop.@Nullable Timer helloTimer;
    private int maxFrameBytes = RelayProtocol.MAX_HELLO_FRAME_BYTES;
    private int maxBatchBytes;
    private final IncomingBatch incoming = new IncomingBatch();
    private long lastRequestId = -1;

    ServerSession(Channel channel, RelayServerSettings settings, RelayMetrics metrics, Handler handler) {
        this.channel = channel;
        this.loop = new NettyLoop(channel.eventLoop());
        this.settings = settings;
        this.metrics = metrics;
        this.handler = handler;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return (InetSocketAddress) channel.remoteAddress();
    }

    @Override
    public Optional<SSLSession> tls() {
        SslHandler handler = channel.pipeline().get(SslHandler.class);
        return handler == null ? Optional.empty() : Optional.of(handler.engine().getSession());
    }

    @Override
    public void reply(AppendResult result) {
        if (result.results().isEmpty() || !isOpen()) {
            return;
        }
        results.add(result);
        if (draining.compareAndSet(false, true)) {
            loop.execute(this::drain);
        }
    }

    @Override
    public void grant(long number) {
        loop.execute(() -> {
            if (state == State.OPEN && incoming.grant(number)) {
                Outbound.write(channel, PartCodec.encodeGrant(channel.alloc(), number));
                channel.flush();
            }
        });
    }

    @Override
    public void reading(ReadMode mode) {
        loop.execute(() -> channel.config().setAutoRead(mode == ReadMode.FLOWING));
    }

    @Override
    public void close() {
        loop.execute(() -> end(null));
    }

    @Override
    public boolean isOpen() {
        return state == State.OPEN;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        helloTimer = loop.schedule(TimeUnit.MILLISECONDS.toNanos(settings.helloTimeoutMs()), () -> {
            if (state == State.AWAITING_HELLO) {
                end(new IOException("no Hello within " + settings.helloTimeoutMs() + " ms"));
            }
        });
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Frame frame = (Frame) message;
        try {
            if (state == State.CLOSED) {
                return;
            }
            if (state == State.AWAITING_HELLO) {
                onHello(ctx, ControlCodec.decodeHello(frame));
            } else if (frame.type() == Frame.CLOSE) {
                ControlCodec.CloseReason reason = ControlCodec.decodeClose(frame);
                end(new RelayRefusedException(reason.error(), reason.message()));
            } else if (frame.type() == Frame.ANNOUNCE) {
                onAnnounce(PartCodec.decodeAnnouncement(frame));
            } else if (frame.type() == Frame.PART) {
                incoming.part(channel.alloc(), frame);
            } else {
                onAppend(frame);
            }
        } finally {
            frame.release();
        }
    }

    /** The high water mark is what the peer may leave unread. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!channel.isWritable()) {
            end(new IOException("the peer leaves more than " + settings.maxUnreadBytes() + " bytes unread"));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable error) {
        if (error instanceof MalformedFrameException && state != State.CLOSED) {
            metrics.malformedFrames().inc();
            ControlCodec.CloseReason reason =
                    new ControlCodec.CloseReason(RelayError.INVALID_MESSAGE, String.valueOf(error.getMessage()));
            Outbound.writeAndFlush(ctx, ControlCodec.encode(ctx.alloc(), reason));
        }
        end(error);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end(null);
    }

    private void onHello(ChannelHandlerContext ctx, Hello said) {
        MalformedFrameException.check(WalObjectId.isWriter(said.writer()), "invalid writer id in a Hello");
        HelloReply reply = handler.onHello(this, said);
        boolean accepted = reply.error() == RelayError.NONE;
        Checks.invariant(
                !accepted || reply.version() == RelayProtocol.negotiate(said),
                "an accepted Hello did not get the newest common version");
        Outbound.writeAndFlush(ctx, ControlCodec.encode(ctx.alloc(), reply));
        if (!accepted) {
            end(new RelayRefusedException(reply.error(), reply.message()));
            return;
        }
        if (helloTimer != null) {
            helloTimer.cancel();
        }
        state = State.OPEN;
        metrics.connections().inc();
        maxFrameBytes = reply.maxFrameBytes();
        maxBatchBytes = reply.maxBatchBytes();
        ctx.pipeline().get(FrameDecoder.class).maxFrameBytes(maxFrameBytes);
        ctx.pipeline()
                .get(ByteMeter.class)
                .report(metrics.receivedBytes(said.zone())::inc, metrics.sentBytes(said.zone())::inc);
        KeepAlive.Settings pings = new KeepAlive.Settings(settings.pingIntervalMs(), settings.deadPeerMs());
        ctx.pipeline().addBefore(ctx.name(), null, new KeepAlive(loop, pings, metrics::roundTripNanos));
    }

    private void onAnnounce(Announcement announcement) {
        if (announcement.batchBytes() == 0) {
            incoming.withdraw(announcement.number());
            handler.onWithdraw(this, announcement.number());
        } else {
            incoming.announce(announcement, maxBatchBytes);
            handler.onAnnounce(this, announcement.number(), announcement.batchBytes());
        }
    }

    private void onAppend(Frame frame) {
        MalformedFrameException.check(frame.type() == Frame.APPEND, "unexpected type of a frame from a proxy");
        AppendRequest request = AppendDecoder.decode(channel.alloc(), frame, maxFrameBytes, incoming);
        if (request.requestId() <= lastRequestId) {
            request.release();
            throw new MalformedFrameException(
                    "request id " + request.requestId() + " is not greater than " + lastRequestId);
        }
        lastRequestId = request.requestId();
        handler.onAppend(this, request);
    }

    private void drain() {
        // Cleared first: a result added from here on starts another drain if this one does not see it.
        draining.set(false);
        AppendResult result = results.poll();
        while (result != null && state == State.OPEN) {
            ByteBuf buffer = channel.alloc().directBuffer();
            WireWriter out = Frame.begin(buffer);
            int from = 0;
            while (result != null && !ResultCodec.isFull(buffer)) {
                from = ResultCodec.encode(out, result, from);
                if (from == result.results().size()) {
                    result = results.poll();
                    from = 0;
                }
            }
            Frame.finish(buffer, Frame.APPEND_RESULT, (byte) RelayProtocol.MAX_VERSION, 0);
            Outbound.write(channel, buffer);
        }
        channel.flush();
    }

    private void end(@Nullable Throwable cause) {
        State before = state;
        if (before == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        results.clear();
        if (helloTimer != null) {
            helloTimer.cancel();
        }
        Outbound.close(channel);
        if (cause != null) {
            ENDS.write(
                    loop.nanoTime(),
                    folded -> LOG.atInfo()
                            .addKeyValue("peer", channel.remoteAddress())
                            .addKeyValue("cause", cause.toString())
                            .addKeyValue(FoldedLog.KEY, folded)
                            .log("Relay connection closed"));
        }
        if (before == State.OPEN) {
            metrics.connections().dec();
            handler.onClosed(this);
        }
    }

    private enum State {
        AWAITING_HELLO,
        OPEN,
        CLOSED
    }
}
