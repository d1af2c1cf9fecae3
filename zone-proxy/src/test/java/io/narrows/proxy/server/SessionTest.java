package io.narrows.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.FakeCluster;
import io.narrows.proxy.fake.FakeZone;
import io.narrows.proxy.fake.Wire;
import io.narrows.router.produce.BatchOutcome;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.DescribeDelegationTokenRequestData;
import org.apache.kafka.common.message.DescribeDelegationTokenResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakDetection.class)
final class SessionTest {
    private static final MetadataRequestData METADATA = new MetadataRequestData().setTopics(List.of());

    private static SessionHarness withTopic() {
        SessionHarness harness = new SessionHarness();
        harness.cluster.createTopic("orders", 2);
        return harness;
    }

    @Test
    void aLaterAnswerWaitsForAnEarlierOne() {
        try (SessionHarness harness = withTopic()) {
            CompletableFuture<Void> release = new CompletableFuture<>();
            harness.cluster.holdProduceUntil(release);
            harness.send(ApiKeys.PRODUCE, 9, 1, Wire.produce(-1, "orders", Wire.batch("a")));
            harness.send(ApiKeys.METADATA, 12, 2, METADATA);
            assertThat(harness.hasAnswer()).isFalse();
            release.complete(null);
            harness.settle();
            assertThat(harness.receive(ApiKeys.PRODUCE, 9).correlationId()).isEqualTo(1);
            assertThat(harness.receive(ApiKeys.METADATA, 12).correlationId()).isEqualTo(2);
        }
    }

    @Test
    void aTransactionStepWaitsForTheProducesBeforeIt() {
        try (SessionHarness harness = withTopic()) {
            CompletableFuture<Void> release = new CompletableFuture<>();
            harness.cluster.holdProduceUntil(release);
            harness.send(ApiKeys.PRODUCE, 9, 1, Wire.produce(-1, "orders", Wire.batch("a")));
            harness.send(ApiKeys.INIT_PRODUCER_ID, 4, 2, new InitProducerIdRequestData());
            assertThat(harness.upstream.sent(ApiKeys.INIT_PRODUCER_ID)).isEmpty();
            release.complete(null);
            harness.settle();
            assertThat(harness.upstream.sent(ApiKeys.INIT_PRODUCER_ID)).hasSize(1);
        }
    }

    @Test
    void anApiThatIsNotServedGetsKafkasErrorInItsOwnVersion() {
        try (SessionHarness harness = withTopic()) {
            harness.send(ApiKeys.DESCRIBE_DELEGATION_TOKEN, 3, 5, new DescribeDelegationTokenRequestData());
            Wire.Response response = harness.receive(ApiKeys.DESCRIBE_DELEGATION_TOKEN, 3);
            assertThat(((DescribeDelegationTokenResponseData) response.body()).errorCode())
                    .isEqualTo(Errors.UNSUPPORTED_VERSION.code());
            assertThat(harness.isOpen()).isTrue();
        }
    }

    @Test
    void anUnknownVersionOfApiVersionsIsAnsweredInVersion0() {
        try (SessionHarness harness = withTopic()) {
            harness.send(Unpooled.buffer()
                    .writeInt(11)
                    .writeShort(ApiKeys.API_VERSIONS.id)
                    .writeShort(99)
                    .writeInt(42)
                    .writeShort(-1)
                    .writeByte(0));
            Wire.Response response = harness.receive(ApiKeys.API_VERSIONS, 0);
            ApiVersionsResponseData body = (ApiVersionsResponseData) response.body();
            assertThat(response.correlationId()).isEqualTo(42);
            assertThat(body.errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
            assertThat(body.apiKeys())
                    .singleElement()
                    .satisfies(api -> assertThat(api.apiKey()).isEqualTo(ApiKeys.API_VERSIONS.id));
            assertThat(harness.isOpen()).isTrue();
        }
    }

    @Test
    void anUnknownVersionOfAnyOtherApiEndsTheConnection() {
        try (SessionHarness harness = withTopic()) {
            harness.send(Unpooled.buffer()
                    .writeInt(11)
                    .writeShort(ApiKeys.METADATA.id)
                    .writeShort(99)
                    .writeInt(1)
                    .writeShort(-1)
                    .writeByte(0));
            assertThat(harness.isOpen()).isFalse();
        }
    }

    @Test
    void apiVersionsNamesWhatIsServed() {
        try (SessionHarness harness = withTopic()) {
            ApiVersionsRequestData request =
                    new ApiVersionsRequestData().setClientSoftwareName("test").setClientSoftwareVersion("1");
            harness.send(ApiKeys.API_VERSIONS, 4, 1, request);
            ApiVersionsResponseData body = (ApiVersionsResponseData)
                    harness.receive(ApiKeys.API_VERSIONS, 4).body();
            assertThat(body.apiKeys().find(ApiKeys.PRODUCE.id).maxVersion())
                    .isEqualTo(ApiKeys.PRODUCE.latestVersion(false));
            assertThat(body.apiKeys().find(ApiKeys.PRODUCE.id).minVersion()).isZero();
            assertThat(body.apiKeys().find(ApiKeys.ADD_PARTITIONS_TO_TXN.id).maxVersion())
                    .isEqualTo((short) 3);
            assertThat(body.apiKeys().find(ApiKeys.FETCH.id)).isNotNull();
            assertThat(body.apiKeys().find(ApiKeys.LIST_OFFSETS.id)).isNotNull();
            assertThat(body.apiKeys().find(ApiKeys.CREATE_TOPICS.id)).isNotNull();
            assertThat(body.apiKeys().find(ApiKeys.SASL_HANDSHAKE.id)).isNull();
        }
    }

    @Test
    void manyUnansweredRequestsStopTheReading() {
        SessionLimits limits = new SessionLimits(3, 1 << 20, 60_000, 10_000, 10_000, 1 << 20);
        try (SessionHarness harness = new SessionHarness(limits, 1 << 20)) {
            harness.cluster.createTopic("orders", 1);
            CompletableFuture<Void> release = new CompletableFuture<>();
            harness.cluster.holdProduceUntil(release);
            for (int i = 0; i < 5; i++) {
                harness.send(ApiKeys.PRODUCE, 9, i, Wire.produce(-1, "orders", Wire.batch("a")));
            }
            assertThat(harness.isRead()).isFalse();
            assertThat(harness.cluster.log("orders", 0)).hasSize(3);
            release.complete(null);
            harness.settle();
            assertThat(harness.isRead()).isTrue();
            assertThat(harness.cluster.log("orders", 0)).hasSize(5);
            for (int i = 0; i < 5; i++) {
                assertThat(harness.receive(ApiKeys.PRODUCE, 9).correlationId()).isEqualTo(i);
            }
        }
    }

    /** A client that is gone is noticed with an answer only, when it has left more behind than is read. */
    @Test
    void aFetchBeforeMoreThanIsReadDoesNotWait() {
        SessionLimits limits = new SessionLimits(2, 1 << 20, 60_000, 10_000, 10_000, 1 << 20);
        try (SessionHarness harness = new SessionHarness(limits, 1 << 20)) {
            harness.cluster.createTopic("orders", 1);
            harness.send(ApiKeys.FETCH, 12, 0, fetch("orders"));
            MetadataRequestData large = new MetadataRequestData().setTopics(new ArrayList<>());
            for (int i = 0; i < 200; i++) {
                large.topics().add(new MetadataRequestTopic().setName("t".repeat(200) + i));
            }
            harness.send(ApiKeys.METADATA, 12, 1, large);
            harness.advanceMs(2_500);
            assertThat(harness.hasAnswer()).as("little is left behind").isFalse();

            harness.send(ApiKeys.METADATA, 12, 2, large);
            harness.send(ApiKeys.METADATA, 12, 3, large);
            harness.advanceMs(2_500);
            assertThat(harness.receive(ApiKeys.FETCH, 12).correlationId()).isZero();
            for (int i = 1; i <= 3; i++) {
                assertThat(harness.receive(ApiKeys.METADATA, 12).correlationId())
                        .isEqualTo(i);
            }
        }
    }

    /** Brokers answer it as late as they may. */
    private static FetchRequestData fetch(String topic) {
        FetchRequestData request =
                new FetchRequestData().setMaxWaitMs(30_000).setMinBytes(1).setMaxBytes(1 << 20);
        FetchTopic asked = new FetchTopic().setTopic(topic);
        asked.partitions().add(new FetchPartition().setPartition(0).setPartitionMaxBytes(1 << 20));
        request.topics().add(asked);
        return request;
    }

    @Test
    void aThrottledClientIsNotReadForThatTime() {
        try (SessionHarness harness = withTopic()) {
            harness.cluster.answerWith(batch -> new BatchOutcome((short) 0, 0, -1, 0, 700, -1, null, List.of()));
            harness.send(ApiKeys.PRODUCE, 9, 1, Wire.produce(-1, "orders", Wire.batch("a")));
            assertThat(harness.hasAnswer()).isTrue();
            assertThat(harness.isRead()).isFalse();
            harness.advanceMs(701);
            assertThat(harness.isRead()).isTrue();
        }
    }

    @Test
    void anIdleConnectionIsClosed() {
        try (SessionHarness harness = withTopic()) {
            harness.advanceMs(59_000);
            assertThat(harness.isOpen()).isTrue();
            harness.advanceMs(3_000);
            assertThat(harness.isOpen()).isFalse();
        }
    }

    @Test
    void aConnectionThatWaitsForAnAnswerIsNotIdle() {
        try (SessionHarness harness = withTopic()) {
            CompletableFuture<Void> release = new CompletableFuture<>();
            harness.cluster.holdProduceUntil(release);
            harness.send(ApiKeys.PRODUCE, 9, 1, Wire.produce(-1, "orders", Wire.batch("a")));
            harness.advanceMs(120_000);
            assertThat(harness.isOpen()).isTrue();
            release.complete(null);
        }
    }

    @Test
    void aHalfRequestEndsTheConnection() {
        try (SessionHarness harness = withTopic()) {
            harness.send(Unpooled.buffer().writeInt(1_000).writeShort(0).writeShort(9));
            harness.advanceMs(9_000);
            assertThat(harness.isOpen()).isTrue();
            harness.advanceMs(3_000);
            assertThat(harness.isOpen()).isFalse();
            assertThat(harness.memory.usedBytes()).isZero();
        }
    }

    @Test
    void drainingAnswersWhatWasReadAndThenCloses() {
        try (SessionHarness harness = withTopic()) {
            CompletableFuture<Void> release = new CompletableFuture<>();
            harness.cluster.holdProduceUntil(release);
            harness.send(ApiKeys.PRODUCE, 9, 1, Wire.produce(-1, "orders", Wire.batch("a")));
            harness.session.drain();
            harness.settle();
            assertThat(harness.isOpen()).isTrue();
            harness.send(ApiKeys.METADATA, 12, 2, METADATA);
            release.complete(null);
            harness.settle();
            assertThat(harness.receive(ApiKeys.PRODUCE, 9).correlationId()).isEqualTo(1);
            assertThat(harness.isOpen()).isFalse();
            assertThat(harness.upstream.sent(ApiKeys.METADATA)).isEmpty();
        }
    }

    @Test
    void aClientThatLeavesHasItsBatchesProcessedAndItsLanesClosed() {
        try (SessionHarness harness = withTopic()) {
            CompletableFuture<Void> release = new CompletableFuture<>();
            harness.cluster.holdRefreshUntil(release);
            harness.send(ApiKeys.PRODUCE, 9, 1, Wire.produce(-1, "orders", Wire.batch("a")));
            harness.channel.close();
            harness.settle();
            assertThat(harness.cluster.openProduceConnections()).isEqualTo(1);
            release.complete(null);
            harness.settle();
            assertThat(harness.cluster.log("orders", 0)).hasSize(1);
            assertThat(harness.cluster.openProduceConnections()).isZero();
        }
    }

    @Test
    void withoutBrokersAClientIsSentAwayRatherThanToldThatNothingIsSupported() {
        try (SessionHarness harness = withTopic()) {
            harness.upstream.unreachable(true);
            harness.send(ApiKeys.API_VERSIONS, 0, 1, new ApiVersionsRequestData());
            assertThat(harness.isOpen()).isFalse();
        }
    }

    @Test
    void aWholeSessionLeavesNothingBehind() {
        try (SessionHarness harness = withTopic()) {
            harness.send(ApiKeys.PRODUCE, 9, 1, Wire.produce(-1, "orders", Wire.batch("a"), Wire.batch("b")));
            harness.receive(ApiKeys.PRODUCE, 9);
            assertThat(harness.memory.usedBytes()).isZero();
            assertThat(harness.metrics.counter(ServerMetrics.REQUEST_BYTES).getCount())
                    .isPositive();
        }
    }

    /** 100,000 names of 3 bytes in 400 KB are objects of 8 MB. */
    @Test
    void aRequestOfManyFieldsCountsWithWhatItTakesOnTheHeap() {
        DescribeGroupsRequestData many = new DescribeGroupsRequestData()
                .setGroups(IntStream.range(0, 100_000)
                        .mapToObj(i -> Integer.toString(100 + i % 900))
                        .toList());
        try (SessionHarness small = new SessionHarness(FakeZone.SESSION, 2 << 20);
                SessionHarness large = new SessionHarness(FakeZone.SESSION, 64 << 20)) {
            small.send(ApiKeys.DESCRIBE_GROUPS, 5, 1, many);
            assertThat(small.isOpen()).isFalse();
            assertThat(small.upstream.sent(ApiKeys.FIND_COORDINATOR)).isEmpty();

            large.send(ApiKeys.DESCRIBE_GROUPS, 5, 1, many);
            assertThat(large.isOpen()).isTrue();
            assertThat(large.hasAnswer()).isTrue();
        }
    }

    @Test
    void theProxyIsTheOnlyNodeAClientSees() {
        try (SessionHarness harness = withTopic()) {
            harness.send(
                    ApiKeys.METADATA,
                    12,
                    1,
                    new MetadataRequestData()
                            .setTopics(List.of(new MetadataRequestData.MetadataRequestTopic().setName("orders"))));
            String text = harness.receive(ApiKeys.METADATA, 12).body().toString();
            assertThat(text)
                    .contains("proxy.zone-a", FakeCluster.CLUSTER_ID, "nodeId=" + FakeZone.NODE_ID)
                    .contains("leaderId=" + FakeZone.NODE_ID, "leaderEpoch=" + FakeCluster.REAL_EPOCH)
                    .doesNotContain("real-broker");
        }
    }

    /** Reading this takes n * n steps for n partitions, and n * n * n in tables that grow: minutes. */
    @Test
    void aRequestWhoseKeysCollideEndsTheConnection() {
        ByteBuf frame = Unpooled.buffer();
        frame.writeInt(0)
                .writeShort(ApiKeys.SHARE_FETCH.id)
                .writeShort(1)
                .writeInt(1)
                .writeShort(-1)
                .writeByte(0);
        frame.writeByte(1).writeByte(1).writeZero(6 * Integer.BYTES);
        frame.writeByte(2)
                .writeLong(1)
                .writeLong(2)
                .writeByte((10_001 & 0x7f) | 0x80)
                .writeByte(10_001 >> 7);
        for (int i = 0; i < 10_000; i++) {
            frame.writeInt(7).writeByte(1).writeByte(0);
        }
        frame.writeByte(0).writeByte(1).writeByte(0);
        frame.setInt(0, frame.readableBytes() - Integer.BYTES);
        try (SessionHarness harness = withTopic()) {
            harness.send(frame);
            assertThat(harness.isOpen()).isFalse();
        }
    }

    /** Each of them stands for all partitions of the session. */
    @Test
    void oneFetchOfASessionIsServedAtATime() {
        try (SessionHarness harness = withTopic()) {
            FetchRequestData open = new FetchRequestData().setSessionEpoch(0).setMaxWaitMs(0);
            open.topics()
                    .add(new FetchRequestData.FetchTopic()
                            .setTopic("orders")
                            .setPartitions(List.of(new FetchRequestData.FetchPartition())));
            harness.send(ApiKeys.FETCH, 12, 1, open);
            passMs(harness, 200);
            int id = ((FetchResponseData) harness.receive(ApiKeys.FETCH, 12).body()).sessionId();
            FetchRequestData next = new FetchRequestData().setSessionId(id).setMaxWaitMs(1_000);
            harness.send(ApiKeys.FETCH, 12, 2, next.duplicate().setSessionEpoch(1));
            harness.send(ApiKeys.FETCH, 12, 3, next.duplicate().setSessionEpoch(2));
            harness.send(ApiKeys.FETCH, 12, 4, next.duplicate().setSessionEpoch(-1));
            harness.send(ApiKeys.FETCH, 12, 5, next.duplicate().setSessionEpoch(3));
            assertThat(harness.hasAnswer()).isFalse();
            for (int correlationId = 2; correlationId <= 4; correlationId++) {
                passMs(harness, 1_200);
                Wire.Response response = harness.receive(ApiKeys.FETCH, 12);
                assertThat(response.correlationId()).isEqualTo(correlationId);
                assertThat(((FetchResponseData) response.body()).errorCode()).isZero();
            }
            FetchResponseData last =
                    (FetchResponseData) harness.receive(ApiKeys.FETCH, 12).body();
            assertThat(Errors.forCode(last.errorCode())).isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
            harness.send(ApiKeys.FETCH, 12, 6, open.duplicate().setMaxWaitMs(1_000));
            harness.send(ApiKeys.FETCH, 12, 7, next.duplicate().setSessionEpoch(1));
        }
    }

    /** On the connection's event loop, which has fetchers' time. */
    private static void passMs(SessionHarness harness, long ms) {
        harness.channel.advanceTimeBy(ms, TimeUnit.MILLISECONDS);
        long unused = harness.channel.runScheduledPendingTasks();
        harness.settle();
    }
}
