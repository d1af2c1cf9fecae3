package io.narrows.proxy.server;

import io.narrows.proxy.api.Answer;
import io.narrows.proxy.api.ApiTable;
import io.narrows.proxy.api.Client;
import io.narrows.proxy.api.ClientApis;
import io.narrows.proxy.api.ExecutionOrder;
import io.narrows.proxy.server.ReadGate.Reason;
import io.narrows.proxy.server.RequestDecoder.Decoded;
import io.narrows.proxy.server.SessionState.Closed;
import io.narrows.proxy.server.SessionState.Draining;
import io.narrows.proxy.server.SessionState.Handshaking;
import io.narrows.proxy.server.SessionState.Serving;
import io.narrows.relay.log.FoldedLog;
import io.narrows.relay.loop.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * One client connection: reads its requests, has them answered, writes the answers in order, and ends it when the
 * client is idle, slow, malformed or the proxy drains. Owned by the connection's event loop, also its state and timers.
 * Owns each frame from the decoder until its answer is complete.
 */
final class Session extends ChannelInboundHandlerAdapter implements ResponseSequencer.Sink {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    /** Clients decide how often connections end and requests fail. */
    private static final FoldedLog ENDS = FoldedLog.perMinute(30);

    private static final FoldedLog FAILURES = FoldedLog.perMinute(30);

    /** With so much unread, one whose requests are unanswered is read no more. */
    private static final long MAX_READ_AHEAD_BYTES = 64 << 10;

    /**
     * With so much unread for so long behind one request, a connection ends: it would not see the end of its client, and
     * no client sends so far ahead. A Produce ends by its own deadline, and clients do send ahead of it.
     */
    private static final long MAX_WAIT_AHEAD_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** What all sessions of a listener share. */
    record Shared(
            SessionLimits limits,
            ApiTable apis,
            ServerMetrics metrics,
            UnsentResponses unsent,
            ClientIdentity identity,
            boolean tls) {}

    private final Shared shared;
    private final Loop loop;
    private final ReadGate gate;
    private final FrameDecoder decoder;
    private final ResponseSequencer sequencer = new ResponseSequencer(this);
    private final ExecutionQueue queue = new ExecutionQueue();
    private final UnsentResponses.Holder unsent;
    private SessionState state = new Handshaking();
    private boolean named;
    private @Nullable ChannelHandlerContext context;
    private Loop.@Nullable Timer checkTimer;
    private Loop.@Nullable Timer closeTimer;
    private long lastActiveNanos;
    private long unwritableSinceNanos;
    private long throttledUntilNanos;

    Session(Shared shared, Loop loop, ReadGate gate, FrameDecoder decoder) {
        this.shared = shared;
        this.loop = loop;
        this.gate = gate;
        this.decoder = decoder;
        this.unsent = shared.unsent().open(() -> loop.execute(this::evicted));
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        lastActiveNanos = loop.nanoTime();
        if (!shared.tls()) {
            serve(ctx);
        }
        scheduleCheck(ctx);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake && state instanceof Handshaking) {
            if (handshake.isSuccess()) {
                serve(ctx);
            } else {
                fail(ctx, "the TLS handshake failed: " + handshake.cause().getMessage());
            }
        }
    }

    private void serve(ChannelHandlerContext ctx) {
        Client client;
        try {
            client = shared.identity().of(ctx.channel());
        } catch (KafkaException e) {
            fail(ctx, "its certificate gives it no name (ssl.principal.mapping.rules): " + e.getMessage());
            return;
        }
        state = new Serving(client, shared.apis().connect(client, ctx.channel().eventLoop()));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf frame = (ByteBuf) message;
        if (!(state instanceof Serving serving)) {
            boolean unused = frame.release();
            return;
        }
        lastActiveNanos = loop.nanoTime();
        shared.metrics().requestBytes.inc(frame.readableBytes());
        Decoded decoded;
        try {
            decoded = RequestDecoder.decode(frame);
        } catch (InvalidRequestException e) {
            boolean unused = frame.release();
            fail(ctx, describe(e));
            return;
        }
        if (!decoder.weigh(frame, decoded.heapBytes())) {
            boolean unused = frame.release();
            fail(ctx, "a request of " + decoded.fields() + " fields finds no memory (buffer.memory); send it in parts");
            return;
        }
        if (!named) {
            named = true;
            decoder.belongsTo(serving.client().account() + "/" + decoded.call().clientId());
        }
        ExecutionOrder order = serving.apis().order(decoded.call().key());
        Request request = new Request(
                decoded,
                frame,
                sequencer.open(frame.readableBytes(), decoded.call().key()),
                lastActiveNanos);
        adjustGate();
        queue.submit(order, () -> start(ctx, serving.apis(), request, order), request::drop);
    }

    private static @Nullable String describe(InvalidRequestException e) {
        Throwable cause = e.getCause();
        return cause == null || cause.getMessage() == null
                ? e.getMessage()
                : e.getMessage() + ": " + cause.getMessage();
    }

    /** A request in flight. Owns its frame. */
    private record Request(Decoded decoded, ByteBuf frame, ResponseSequencer.Slot slot, long startedNanos) {
        void drop() {
            boolean unused = frame.release();
        }
    }

    private void start(ChannelHandlerContext ctx, ClientApis apis, Request request, ExecutionOrder order) {
        CompletableFuture<Answer> answer;
        try {
            answer = apis.answer(request.decoded().call());
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        CompletableFuture<?> unused = answer.whenComplete((result, failure) -> {
            if (loop.inLoop()) {
                finish(ctx, request, order, result, failure);
                return;
            }
            try {
                loop.execute(() -> finish(ctx, request, order, result, failure));
            } catch (RejectedExecutionException e) {
                discard(result);
                boolean ignored = request.frame().release();
            }
        });
    }

    private void finish(
            ChannelHandlerContext ctx,
            Request request,
            ExecutionOrder order,
            @Nullable Answer answer,
            @Nullable Throwable failure) {
        try {
            if (state instanceof Closed) {
                discard(answer);
            } else {
                settle(ctx, request, answer, failure);
            }
        } finally {
            boolean unused = request.frame().release();
            queue.finished(order);
        }
        if (!(state instanceof Closed)) {
            ctx.flush();
            adjustGate();
            maybeEndDrain(ctx);
        }
    }

    private static void discard(@Nullable Answer answer) {
        if (answer instanceof Answer.Fetched fetched) {
            fetched.reply().release();
        }
    }

    private void settle(
            ChannelHandlerContext ctx, Request request, @Nullable Answer answer, @Nullable Throwable failure) {
        lastActiveNanos = loop.nanoTime();
        shared.metrics().answered(request.decoded().call().key(), lastActiveNanos - request.startedNanos());
        if (answer instanceof Answer.Reply reply) {
            throttle(reply.throttleTimeMs());
            respond(request, () -> ResponseEncoder.encode(ctx.alloc(), request.decoded(), reply.body()), true);
        } else if (answer instanceof Answer.Fetched fetched) {
            throttle(fetched.throttleTimeMs());
            try {
                respond(request, () -> ResponseEncoder.encode(ctx.alloc(), request.decoded(), fetched.reply()), false);
            } finally {
                fetched.reply().release();
            }
        } else if (answer instanceof Answer.Silence) {
            sequencer.staySilent(request.slot());
        } else if (answer instanceof Answer.Hangup hangup) {
            sequencer.hangUp(request.slot(), hangup.reason());
        } else {
            FAILURES.write(
                    loop.nanoTime(),
                    folded -> LOG.atWarn()
                            .setCause(failure)
                            .addKeyValue("api", request.decoded().call().key())
                            .addKeyValue("client", remote(ctx))
                            .addKeyValue(FoldedLog.KEY, folded)
                            .log("Request failed"));
            sequencer.hangUp(request.slot(), "internal error");
        }
    }

    /** What has records counts in the memory of fetches. */
    private void respond(Request request, Supplier<ByteBuf> encode, boolean counts) {
        ByteBuf response;
        try {
            response = encode.get();
        } catch (RuntimeException | OutOfMemoryError e) {
            FAILURES.write(
                    loop.nanoTime(),
                    folded -> LOG.atError()
                            .setCause(e)
                            .addKeyValue("api", request.decoded().call().key())
                            .addKeyValue(FoldedLog.KEY, folded)
                            .log("Response could not be encoded"));
            sequencer.hangUp(request.slot(), "internal error");
            return;
        }
        long countedBytes = counts ? response.readableBytes() : 0;
        shared.unsent().add(unsent, countedBytes);
        sequencer.respond(request.slot(), response, countedBytes);
    }

    @Override
    public void write(ByteBuf response, long countedBytes) {
        ChannelHandlerContext ctx = context();
        shared.metrics().responseBytes.inc(response.readableBytes());
        // A single response may be larger: a fetch has at least one batch, however large it is.
        ChannelOutboundBuffer pending = ctx.channel().unsafe().outboundBuffer();
        long unread = pending == null ? 0 : pending.totalPendingWriteBytes();
        ChannelFuture unused =
                ctx.write(response).addListener(done -> shared.unsent().sent(unsent, countedBytes));
        if (unread > shared.limits().maxPendingWriteBytes()) {
            fail(
                    ctx,
                    "the client does not read its responses: more than "
                            + shared.limits().maxPendingWriteBytes() + " bytes wait");
        }
    }

    @Override
    public void hangUp(String reason) {
        ChannelHandlerContext ctx = context();
        logEnd(ctx, Level.INFO, reason, null);
        closeAfterWrites(ctx);
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("invariant violated: a session has no channel");
        }
        return ctx;
    }

    /** Takes no more requests, answers those it has, then closes. Any thread. */
    void drain() {
        loop.execute(() -> {
            if (state instanceof Serving serving) {
                state = serving.drain();
                gate.close(Reason.ENDING);
                maybeEndDrain(context());
            } else if (state instanceof Handshaking && context != null) {
                closeAfterWrites(context);
            }
        });
    }

    private void maybeEndDrain(ChannelHandlerContext ctx) {
        if (state instanceof Draining && sequencer.outstandingRequests() == 0) {
            closeAfterWrites(ctx);
        }
    }

    private void adjustGate() {
        boolean full = sequencer.outstandingRequests() >= shared.limits().maxOutstandingRequests()
                || sequencer.outstandingBytes() >= shared.limits().maxOutstandingBytes();
        if (full) {
            gate.close(Reason.OUTSTANDING);
        } else {
            gate.open(Reason.OUTSTANDING);
        }
    }

    /** A broker mutes the channel for the time it told the client to wait (KIP-219); so does the proxy. */
    private void throttle(int throttleTimeMs) {
        if (throttleTimeMs <= 0) {
            return;
        }
        long nanos = TimeUnit.MILLISECONDS.toNanos(throttleTimeMs);
        throttledUntilNanos = loop.nanoTime() + nanos;
        gate.close(Reason.THROTTLED);
        Loop.Timer unused = loop.schedule(nanos, () -> {
            if (loop.nanoTime() - throttledUntilNanos >= 0) {
                gate.open(Reason.THROTTLED);
            }
        });
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            apis().ifPresent(ClientApis::resume);
            queue.resume();
            gate.open(Reason.UNWRITABLE);
        } else {
            unwritableSinceNanos = loop.nanoTime();
            gate.close(Reason.UNWRITABLE);
            queue.pause();
            apis().ifPresent(ClientApis::pause);
        }
    }

    private void scheduleCheck(ChannelHandlerContext ctx) {
        checkTimer = loop.schedule(TimeUnit.MILLISECONDS.toNanos(shared.limits().checkIntervalMs()), () -> {
            check(ctx);
            if (!(state instanceof Closed)) {
                scheduleCheck(ctx);
            }
        });
    }

    private void check(ChannelHandlerContext ctx) {
        long now = loop.nanoTime();
        SessionLimits limits = shared.limits();
        if (decoder.halfRequestOlderThan(TimeUnit.MILLISECONDS.toNanos(limits.receiveTimeoutMs()))) {
            fail(
                    ctx,
                    "a request was not complete after " + limits.receiveTimeoutMs()
                            + " ms (request.receive.timeout.ms)");
        } else if (gate.isClosedBy(Reason.UNWRITABLE)
                && now - unwritableSinceNanos > TimeUnit.MILLISECONDS.toNanos(limits.slowReaderTimeoutMs())) {
            fail(
                    ctx,
                    "the client did not read its responses for " + limits.slowReaderTimeoutMs()
                            + " ms (slow.reader.timeout.ms)");
        } else if (sequencer.outstandingRequests() == 0
                && now - lastActiveNanos > TimeUnit.MILLISECONDS.toNanos(limits.maxIdleMs())) {
            LOG.atDebug().addKeyValue("client", remote(ctx)).log("Closing an idle connection");
            closeAfterWrites(ctx);
        } else if (!gate.isOpen() && decoder.unreadBytes() < MAX_READ_AHEAD_BYTES) {
            // A connection that is not read does not see the end of its client: a read does, if little comes before it.
            ChannelHandlerContext unused = ctx.read();
        } else if (gate.isClosedBy(Reason.OUTSTANDING)
                && sequencer.waitsForOtherThanProduce()
                && now - lastActiveNanos > MAX_WAIT_AHEAD_NANOS) {
            fail(
                    ctx,
                    "a request waits, and the client sends more than " + MAX_READ_AHEAD_BYTES + " bytes beyond "
                            + limits.maxOutstandingRequests() + " unanswered requests; send them later");
        } else if (!gate.isOpen()) {
            // If more comes before it, an answer does, and none may come for as long as a fetch waits for records.
            apis().ifPresent(ClientApis::endWaits);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (state instanceof Closed) {
            LOG.atDebug().addKeyValue("client", remote(ctx)).setCause(cause).log("Error on a closed connection");
        } else if (cause instanceof InvalidFrameException) {
            fail(ctx, cause.getMessage());
        } else if (cause instanceof IOException) {
            LOG.atDebug()
                    .addKeyValue("client", remote(ctx))
                    .addKeyValue("cause", cause.getMessage())
                    .log("Connection lost");
            closeNow(ctx);
        } else if (cause instanceof DecoderException && state instanceof Handshaking) {
            fail(ctx, "the TLS handshake failed: " + cause.getMessage());
        } else {
            logEnd(ctx, Level.ERROR, "internal error", cause);
            closeNow(ctx);
        }
    }

    private void fail(ChannelHandlerContext ctx, @Nullable String reason) {
        if (!(state instanceof Closed)) {
            shared.metrics().connectionsFailed.inc();
            logEnd(ctx, Level.WARN, reason, null);
            closeNow(ctx);
        }
    }

    private void logEnd(ChannelHandlerContext ctx, Level level, @Nullable String reason, @Nullable Throwable cause) {
        ENDS.write(
                loop.nanoTime(),
                folded -> LOG.atLevel(level)
                        .setCause(cause)
                        .addKeyValue("client", remote(ctx))
                        .addKeyValue("reason", reason)
                        .addKeyValue(FoldedLog.KEY, folded)
                        .log("Closing a connection"));
    }

    private void closeAfterWrites(ChannelHandlerContext ctx) {
        end();
        if (closeTimer == null) {
            // The client may never take what comes before the end.
            closeTimer =
                    loop.schedule(TimeUnit.MILLISECONDS.toNanos(shared.limits().slowReaderTimeoutMs()), () -> {
                        ChannelFuture unused = ctx.close();
                    });
        }
        ChannelFuture unused = ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    private void closeNow(ChannelHandlerContext ctx) {
        end();
        ChannelFuture unused = ctx.close();
    }

    /** Clients that do not read hold too much together, and this one has not read for longest. */
    private void evicted() {
        ChannelHandlerContext ctx = context();
        fail(ctx, "clients have too many bytes of responses unread, and this one has taken none for longest");
        ChannelFuture unused = ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end();
        shared.unsent().close(unsent);
        if (closeTimer != null) {
            closeTimer.cancel();
        }
    }

    /**
     * Runs once for each session: no more is read, what was started is processed, what waits behind a barrier and answers
     * not written are dropped.
     */
    private void end() {
        SessionState last = state;
        if (last instanceof Closed) {
            return;
        }
        state = new Closed();
        gate.close(Reason.ENDING);
        sequencer.abandon();
        if (checkTimer != null) {
            checkTimer.cancel();
        }
        queue.dropWaiting();
        apis(last).ifPresent(apis -> {
            apis.disconnect();
            queue.whenIdle(apis::close);
        });
    }

    private Optional<ClientApis> apis() {
        return apis(state);
    }

    private static Optional<ClientApis> apis(SessionState state) {
        if (state instanceof Serving serving) {
            return Optional.of(serving.apis());
        }
        return state instanceof Draining draining ? Optional.of(draining.apis()) : Optional.empty();
    }

    private static SocketAddress remote(ChannelHandlerContext ctx) {
        return ctx.channel().remoteAddress();
    }
}
