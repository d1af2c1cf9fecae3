package io.narrows.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.FakeZone;
import io.narrows.proxy.fake.Wire;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.io.DataInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients that do not read, or send far ahead of what is answered. */
@ExtendWith(LeakDetection.class)
final class UnreadConnectionTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int NEVER_READING = 8;
    private static final int REQUESTS = 16;
    private static final MetadataRequestData ALL = new MetadataRequestData().setTopics(null);

    private static MetadataRequestData large() {
        MetadataRequestData request = new MetadataRequestData().setTopics(new ArrayList<>());
        for (int i = 0; i < 200; i++) {
            request.topics().add(new MetadataRequestTopic().setName("t".repeat(200) + i));
        }
        return request;
    }

    /** It would not see the end of its client before the coordinator's answer, which may take a rebalance timeout. */
    @Test
    void aConnectionWithMuchUnreadBehindAJoinEnds() {
        SessionLimits few = new SessionLimits(2, 1 << 20, 600_000, 60_000, 60_000, 1 << 20);
        try (SessionHarness harness = new SessionHarness(few, 1 << 20)) {
            harness.upstream.holdBack(ApiKeys.JOIN_GROUP);
            harness.send(ApiKeys.JOIN_GROUP, 7, 1, new JoinGroupRequestData().setGroupId("g"));
            assertThat(harness.upstream.sent(ApiKeys.JOIN_GROUP)).hasSize(1);
            harness.send(ApiKeys.METADATA, 12, 2, large());
            harness.advanceMs(120_000);
            assertThat(harness.isOpen()).as("a join may take long").isTrue();

            harness.send(ApiKeys.METADATA, 12, 3, large());
            harness.send(ApiKeys.METADATA, 12, 4, large());
            harness.advanceMs(11_000);
            assertThat(harness.isOpen()).isFalse();
        }
    }

    /** Its bytes would be there for as long as the client likes. */
    @Test
    void aConnectionThatIsToEndAfterItsResponsesDoesNotWaitForEver() {
        try (SessionHarness harness = new SessionHarness()) {
            harness.channel.pipeline().addFirst(new NeverSent());
            harness.send(ApiKeys.METADATA, 12, 1, ALL);
            assertThat(harness.unsent.heldBytes()).isPositive();
            harness.advanceMs(FakeZone.SESSION.maxIdleMs() + 1_000);
            assertThat(harness.isOpen()).as("idle, with a response on its way").isTrue();
            harness.advanceMs(FakeZone.SESSION.slowReaderTimeoutMs() + 1_000);
            assertThat(harness.isOpen()).isFalse();
            assertThat(harness.unsent.heldBytes()).isZero();
        }
    }

    /** What a socket is that nobody reads. */
    private static final class NeverSent extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            ReferenceCountUtil.release(message);
        }
    }

    @Test
    void clientsThatDoNotReadEndBeforeTheyHoldMoreThanTheBound() throws Exception {
        SessionLimits patient = new SessionLimits(64, 8 << 20, 600_000, 600_000, 600_000, 6 << 20);
        KafkaServer.Limits limits = new KafkaServer.Limits(100, 100, 8 << 20, 1 << 20, patient);
        List<Socket> idle = new ArrayList<>();
        try (FakeZone zone = new FakeZone(limits, 64 << 20, Optional.empty())) {
            for (int i = 0; i < 4_000; i++) {
                zone.cluster.createTopic("t".repeat(200) + i, 1);
            }
            byte[] request = bytes(Wire.request(ApiKeys.METADATA, (short) 12, 1, ALL));
            for (int i = 0; i < NEVER_READING; i++) {
                Socket socket = connect(zone);
                idle.add(socket);
                for (int sent = 0; sent < REQUESTS; sent++) {
                    socket.getOutputStream().write(request);
                }
            }
            Await.until(
                    "those that hold most for longest are gone",
                    SOON,
                    () -> zone.metrics.counter(ServerMetrics.CONNECTIONS_FAILED).getCount() > 0);
            try (Socket reader = connect(zone)) {
                for (int i = 0; i < REQUESTS; i++) {
                    reader.getOutputStream().write(request);
                    DataInputStream in = new DataInputStream(reader.getInputStream());
                    assertThat(in.readNBytes(in.readInt())).hasSizeGreaterThan(1_000_000);
                }
            }
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }

    private static Socket connect(FakeZone zone) throws Exception {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(32 << 10);
        socket.setSoTimeout((int) SOON.toMillis());
        socket.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), zone.port));
        return socket;
    }

    private static byte[] bytes(ByteBuf buffer) {
        byte[] bytes = ByteBufUtil.getBytes(buffer);
        buffer.release();
        return bytes;
    }
}
