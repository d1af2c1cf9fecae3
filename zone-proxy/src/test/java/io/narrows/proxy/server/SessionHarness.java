package io.narrows.proxy.server;

import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.api.ApiTable;
import io.narrows.proxy.fake.FakeCluster;
import io.narrows.proxy.fake.FakeUpstream;
import io.narrows.proxy.fake.FakeZone;
import io.narrows.proxy.fake.Wire;
import io.narrows.proxy.fetch.FetchSettings;
import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.memory.ClientMemory;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** One session without sockets and with time that moves when told, in front of a {@link FakeCluster}. */
final class SessionHarness implements AutoCloseable {
    private static final Listener LISTENER = new Listener("PLAINTEXT", "", 0, null, java.util.Optional.empty());

    final FakeCluster cluster = new FakeCluster();
    final FakeUpstream upstream = new FakeUpstream(cluster);
    final ManualLoop loop = new ManualLoop(0);
    final MetricRegistry metrics = new MetricRegistry();
    final ClientMemory memory;
    final UnsentResponses unsent;
    final EmbeddedChannel channel;
    final Session session;

    SessionHarness() {
        this(FakeZone.SESSION, 64 << 20);
    }

    SessionHarness(SessionLimits limits, long memoryBytes) {
        memory = ClientMemory.of(memoryBytes);
        unsent = new UnsentResponses(limits.maxPendingWriteBytes());
        ApiTable apis = new ApiTable(new ApiTable.Dependencies(
                cluster,
                upstream,
                cluster,
                new VirtualCluster(FakeZone.NODE_ID, 1, "a", List.of("test-*")),
                new FetchSettings("a", 1 << 20),
                loop));
        channel = new EmbeddedChannel();
        ReadGate gate = new ReadGate(channel);
        FrameDecoder decoder = new FrameDecoder(
                new FrameDecoder.Bounds(8 << 20, 1 << 20),
                new FrameDecoder.Origin(memory, "host", "connection"),
                gate,
                loop);
        session = new Session(
                new Session.Shared(
                        limits,
                        apis,
                        new ServerMetrics(metrics, apis.keys()),
                        unsent,
                        new ClientIdentity(
                                LISTENER,
                                new Endpoint("proxy.zone-a", 9192),
                                TlsEngines.of(LISTENER).principals()),
                        false),
                loop,
                gate,
                decoder);
        channel.pipeline().addLast(decoder, session);
        channel.pipeline().fireChannelActive();
    }

    void send(ApiKeys api, int version, int correlationId, ApiMessage request) {
        send(Wire.request(api, (short) version, correlationId, request));
    }

    void send(ByteBuf bytes) {
        if (channel.isOpen()) {
            channel.writeInbound(bytes);
        } else {
            bytes.release();
        }
        settle();
    }

    void settle() {
        loop.runPending();
        channel.runPendingTasks();
        loop.runPending();
        channel.runPendingTasks();
    }

    void advanceMs(long ms) {
        loop.advance(TimeUnit.MILLISECONDS.toNanos(ms));
        settle();
    }

    Wire.Response receive(ApiKeys api, int version) {
        ByteBuf frame = channel.readOutbound();
        if (frame == null) {
            throw new AssertionError("no response to " + api);
        }
        return Wire.response(api, (short) version, frame);
    }

    boolean hasAnswer() {
        return channel.outboundMessages().stream().anyMatch(message -> ((ByteBuf) message).isReadable());
    }

    boolean isOpen() {
        settle();
        return channel.isOpen();
    }

    boolean isRead() {
        return channel.config().isAutoRead();
    }

    @Override
    public void close() {
        channel.close();
        settle();
        channel.finishAndReleaseAll();
        if (memory.usedBytes() != 0) {
            throw new AssertionError(memory.usedBytes() + " bytes are still reserved");
        }
    }
}
