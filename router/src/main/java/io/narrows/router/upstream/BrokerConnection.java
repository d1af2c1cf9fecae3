package io.narrows.router.upstream;

import io.narrows.relay.loop.Loop;
import io.narrows.relay.net.ByteMeter;
import io.narrows.relay.net.Outbound;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The connection to one address: opened for the first request, negotiated, pipelined, opened again after it was lost.
 * Owned by its owner's loop.
 *
 * <pre>
 *   DOWN --request--> CONNECTING --> NEGOTIATING --ApiVersions--> READY
 *    ^ after a failure, not before the      |                       |
 *    | back-off is over                     v                       v
 *    +--------------------------------- lost, refused, timed out ---+
 * </pre>
 */
final class BrokerConnection {
    /** What a link needs from the upstream it belongs to. */
    interface Owner {
        Loop loop();

        UpstreamSettings settings();

        UpstreamMetrics metrics();

        /** What connections say they are. */
        Software software();

        /** A number from 0 to 1. */
        double random();

        /** Connects; ends in {@link #onConnected} or {@link #onDown}. */
        void connect(BrokerConnection link);

        /** The link has negotiated versions. */
        void onReady(BrokerConnection link);

        /** The call was not sent, because the link could not be opened: it may go elsewhere. */
        void onUnsent(Call<?> call, Throwable cause);
    }

    /** A client's name and version as ApiVersions carries them. */
    record Software(String name, String version) {
        static final Software PROXY = new Software("narrows", "0.1.0");
    }

    private final Owner owner;
    private final InetSocketAddress address;
    private final ArrayDeque<Call<?>> waiting = new ArrayDeque<>();
    private final ArrayDeque<Call<?>> sent = new ArrayDeque<>();

    private State state = State.DOWN;
    private @Nullable Channel channel;
    private @Nullable BrokerAddress broker;
    private @Nullable BrokerVersions versions;
    private boolean retired;
    private long progressNanos;
    private boolean late;
    private int failures;
    private long retryAtNanos;
    private int nextCorrelationId;

    BrokerConnection(Owner owner, InetSocketAddress address) {
        this.owner = owner;
        this.address = address;
        this.retryAtNanos = owner.loop().nanoTime();
    }

    InetSocketAddress address() {
        return address;
    }

    boolean isReady() {
        return state == State.READY;
    }

    /** True while the time to try again has not come. */
    boolean isBackingOff() {
        return state == State.DOWN && failures > 0 && owner.loop().nanoTime() - retryAtNanos < 0;
    }

    boolean isDown() {
        return state == State.DOWN;
    }

    /** Whether something has been asked and nothing was answered for so long, or since a request timed out. */
    boolean isOverdue(long nanos) {
        return isBusy() && (late || owner.loop().nanoTime() - progressNanos > nanos);
    }

    /** A caller's request timed out, and it asks another broker. */
    void late() {
        late = true;
    }

    private void progress() {
        progressNanos = owner.loop().nanoTime();
        late = false;
    }

    private boolean isBusy() {
        return !sent.isEmpty() || !waiting.isEmpty();
    }

    /** Nothing more will be sent: the connection ends when what was sent is answered. */
    void retire() {
        retired = true;
        maybeEnd();
    }

    private void maybeEnd() {
        if (retired && !isBusy()) {
            close("The connection is idle and was retired");
        }
    }

    /** What the broker offered when it was last asked. */
    @Nullable
    BrokerVersions versions() {
        return versions;
    }

    /** Says which broker listens at the address. */
    void broker(BrokerAddress known) {
        if (!known.equals(broker)) {
            broker = known;
            meter();
        }
    }

    void send(Call<?> call) {
        owner.loop().assertInLoop();
        if (waiting.size() + sent.size() >= owner.settings().maxWaitingRequests()) {
            call.fail(new NetworkException("Too many requests wait for the broker at " + address));
            return;
        }
        if (isBackingOff()) {
            owner.onUnsent(
                    call,
                    new NetworkException(
                            "The broker at " + address + " is unreachable; the next attempt is not due yet"));
            return;
        }
        if (!isBusy()) {
            progress();
        }
        if (state == State.READY) {
            write(call);
            return;
        }
        waiting.add(call);
        if (state == State.DOWN) {
            state = State.CONNECTING;
            owner.connect(this);
        }
    }

    /** Ends the connection; what has no answer yet fails with a retriable error. */
    void close(String reason) {
        onDown(new DisconnectException(reason));
    }

    /** The call is past its time; a broker answers in order, so nothing behind it can be answered either. */
    void onTimeout(Call<?> call) {
        if (sent.contains(call)) {
            onDown(new DisconnectException("The broker at " + address + " exceeded the deadline of a request"));
        }
    }

    void onConnected(Channel connected) {
        if (state != State.CONNECTING) {
            Outbound.close(connected);
            return;
        }
        channel = connected;
        state = State.NEGOTIATING;
        meter();
        negotiate(ApiKeys.API_VERSIONS.latestVersion());
    }

    /** Borrows the frame, which comes without its length prefix, and reads it. */
    void onFrame(Channel from, ByteBuf frame) {
        if (from != channel) {
            return;
        }
        Call<?> call = sent.peek();
        if (call == null) {
            onDown(new NetworkException("The broker at " + address + " sent a response without a request"));
            return;
        }
        Runnable answer;
        try {
            int correlationId = KafkaWire.readHeader(frame, call.request().api(), call.sentVersion());
            if (correlationId != call.correlationId()) {
                throw new IllegalArgumentException("response " + correlationId + " is out of order");
            }
            answer = call.read(frame);
        } catch (RuntimeException malformed) {
            onDown(new NetworkException("The broker at " + address + " sent a malformed response", malformed));
            return;
        }
        sent.remove();
        progress();
        answer.run();
        maybeEnd();
    }

    void onClosed(Channel which, Throwable cause) {
        if (which == channel) {
            onDown(new DisconnectException("The connection to the broker at " + address + " was lost: " + cause));
        }
    }

    /** The connection is gone or could not be opened. */
    void onDown(Throwable cause) {
        if (state == State.DOWN) {
            return;
        }
        boolean wasReady = state == State.READY;
        state = State.DOWN;
        if (channel != null) {
            Outbound.close(channel);
            channel = null;
        }
        if (wasReady) {
            owner.metrics().connections().dec();
            failures = 0;
        } else {
            owner.metrics().connectionFailures().inc();
            failures++;
            long delayMs = owner.settings().reconnect().delayMs(failures, owner.random());
            retryAtNanos = owner.loop().nanoTime() + TimeUnit.MILLISECONDS.toNanos(delayMs);
        }
        List<Call<?>> lost = new ArrayList<>(sent);
        List<Call<?>> unsent = new ArrayList<>(waiting);
        sent.clear();
        waiting.clear();
        lost.forEach(call -> call.fail(cause));
        unsent.forEach(call -> owner.onUnsent(call, cause));
    }

    private void negotiate(short version) {
        ApiVersionsRequestData request = new ApiVersionsRequestData()
                .setClientSoftwareName(owner.software().name())
                .setClientSoftwareVersion(owner.software().version());
        Call<ApiMessage> call = new Call<>(
                new Upstream.Target.AnyBroker(),
                new KafkaRequest(ApiKeys.API_VERSIONS, version, Software.PROXY.name(), request),
                ResponseReader.MESSAGE);
        long limitNanos = TimeUnit.MILLISECONDS.toNanos(owner.settings().requestTimeoutMs());
        call.expiresWith(owner.loop().schedule(limitNanos, () -> onTimeout(call)));
        writeAs(call, version);
        Channel asked = channel;
        BiConsumer<@Nullable ApiMessage, @Nullable Throwable> answered = (answer, failure) -> {
            if (answer != null && asked == channel) {
                onVersions(version, (ApiVersionsResponseData) answer);
            }
        };
        // A failure needs nothing here: the code that failed the call has closed the connection.
        var unused = call.response().whenComplete(answered);
    }

    private void onVersions(short asked, ApiVersionsResponseData answer) {
        if (answer.errorCode() == Errors.UNSUPPORTED_VERSION.code() && asked > 0) {
            ApiVersionsResponseData.ApiVersion own = answer.apiKeys().find(ApiKeys.API_VERSIONS.id);
            negotiate(own == null ? 0 : (short) Math.max(0, Math.min(own.maxVersion(), asked - 1)));
            return;
        }
        if (answer.errorCode() != Errors.NONE.code()) {
            onDown(new NetworkException("The broker at " + address + " refused ApiVersions: "
                    + Errors.forCode(answer.errorCode()).message()));
            return;
        }
        versions = new BrokerVersions(answer);
        state = State.READY;
        failures = 0;
        owner.metrics().connections().inc();
        owner.onReady(this);
        // Written one by one because a write can fail and take the link down, which gives the rest back.
        for (Call<?> call = waiting.poll(); call != null; call = waiting.poll()) {
            if (!call.isDone()) {
                write(call);
            }
        }
    }

    private void write(Call<?> call) {
        BrokerVersions offered = Objects.requireNonNull(versions, "a ready link has negotiated");
        try {
            writeAs(call, offered.choose(call.request().api(), call.request().version()));
        } catch (RuntimeException e) {
            // The broker does not speak the version, or the message does not fit it: the connection is unharmed.
            call.fail(e);
        }
    }

    private void writeAs(Call<?> call, short version) {
        Channel open = Objects.requireNonNull(channel, "only a connected link writes");
        int correlationId = nextCorrelationId++ & Integer.MAX_VALUE;
        ByteBuf frame = KafkaWire.encode(call.request(), version, correlationId);
        call.sentAs(version, correlationId);
        sent.add(call);
        Outbound.writeAndFlush(open, frame);
    }

    private void meter() {
        BrokerAddress known = broker;
        if (channel != null && known != null) {
            UpstreamMetrics metrics = owner.metrics();
            channel.pipeline()
                    .get(ByteMeter.class)
                    .report(metrics.receivedBytes(known)::inc, metrics.sentBytes(known)::inc);
        }
    }

    private enum State {
        DOWN,
        CONNECTING,
        NEGOTIATING,
        READY
    }
}
