package io.narrows.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.KnownCluster;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.router.topology.Broker;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.RelayEndpoint;
import io.narrows.router.topology.TopicView;
import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.RecordsAnswer;
import io.narrows.router.upstream.ResponseReader;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Partitions 0 and 1 of a topic: brokers 1 and 2 are in the proxy's zone, broker 3 leads everything in another. Replica
 * of partition 0 in the zone is broker 1, of partition 1 broker 2.
 */
@ExtendWith(LeakDetection.class)
final class ClientFetcherTest {
    private static final short VERSION = 12;
    private static final int LEADER = 3;
    private static final MemoryRecords RECORDS =
            MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(1L, "value".getBytes(StandardCharsets.UTF_8)));

    private final ManualLoop loop = new ManualLoop(0);
    private final Brokers brokers = new Brokers();
    private final Cluster cluster = new Cluster();
    private final ClientFetcher fetcher =
            new ClientFetcher(new ClientFetcher.Dependencies(new FetchSettings("a", 1 << 20), brokers, cluster, loop));
    private final List<RecordsReply<FetchResponseData>> replies = new ArrayList<>();

    @AfterEach
    void everythingIsReleased() {
        fetcher.close();
        brokers.sent.forEach(sent -> sent.answer.completeExceptionally(new DisconnectException("closed")));
        loop.runPending();
        replies.forEach(RecordsReply::release);
        assertThat(brokers.frames)
                .allSatisfy(frame -> assertThat(frame.refCnt()).isEqualTo(1));
        brokers.frames.forEach(ByteBuf::release);
    }

    @Test
    void eachPartitionIsReadFromTheReplicaInTheZoneAndTheAnswerIsOne() {
        CompletableFuture<RecordsReply<FetchResponseData>> reply = fetch(500, 2 * RECORDS.sizeInBytes(), 10, 20);

        assertThat(brokers.sent).extracting(sent -> sent.brokerId).containsExactly(1, 2);
        assertThat(brokers.sent).allSatisfy(sent -> {
            assertThat(sent.request.rackId()).isEqualTo("a");
            assertThat(sent.request.sessionEpoch()).isEqualTo(-1);
        });
        brokers.sent.get(1).records(1);
        assertThat(reply).isNotDone();
        brokers.sent.get(0).records(0);

        FetchResponseData data = data(reply);
        assertThat(data.responses().get(0).partitions())
                .extracting(PartitionData::partitionIndex)
                .containsExactly(0, 1);
        for (PartitionData partition : data.responses().get(0).partitions()) {
            ByteBuf records = replies.get(0).retainedSlice(partition.records());
            assertThat(records.nioBuffer()).isEqualTo(RECORDS.buffer());
            records.release();
        }
    }

    @Test
    void aBrokerIsAskedForNoMoreThanFitsIntoTheClientsMemory() {
        CompletableFuture<RecordsReply<FetchResponseData>> first = fetch(500, 1, 10);
        assertThat(brokers.last().request.maxBytes())
                .as("what the client wants")
                .isEqualTo(1 << 20);
        brokers.last().records(0);
        assertThat(first).isDone();

        brokers.fetchBytes = 300_000;
        CompletableFuture<RecordsReply<FetchResponseData>> second = fetch(500, 1, 11);
        assertThat(brokers.last().request.maxBytes()).isEqualTo(300_000);
        brokers.last().records(0);
        assertThat(second).isDone();
    }

    @Test
    void aSlowBrokerDelaysNoOtherAndItsResponseIsUsedInTheNextRound() {
        CompletableFuture<RecordsReply<FetchResponseData>> first = fetch(500, 1, 10, 20);
        brokers.sent.get(0).records(0);
        assertThat(records(first, 0)).isTrue();
        assertThat(records(first, 1)).isFalse();

        brokers.sent.get(1).records(1);
        CompletableFuture<RecordsReply<FetchResponseData>> second = fetch(500, 1, 11, 20);

        assertThat(records(second, 1)).isTrue();
        assertThat(brokers.sent).extracting(sent -> sent.brokerId).containsExactly(1, 2, 1);
        assertThat(brokers.sent.get(2).position(0)).isEqualTo(11);
    }

    @Test
    void aSubFetchUnderWayGoesOnIntoTheNextRound() {
        CompletableFuture<RecordsReply<FetchResponseData>> first = fetch(500, 1, 10, 20);
        brokers.sent.get(0).records(0);
        assertThat(first).isDone();
        CompletableFuture<RecordsReply<FetchResponseData>> second = fetch(500, 1, 11, 20);
        assertThat(second).isNotDone();
        brokers.sent.get(1).records(1);

        assertThat(records(second, 1)).isTrue();
        assertThat(brokers.sent).hasSize(3);
    }

    @Test
    void aLateAnswerForAnotherPositionIsDroppedAndThePartitionAskedAgain() {
        CompletableFuture<RecordsReply<FetchResponseData>> first = fetch(500, 1, 10, 20);
        brokers.sent.get(0).records(0);
        assertThat(first).isDone();
        CompletableFuture<RecordsReply<FetchResponseData>> second = fetch(500, 1, 11, 99);
        brokers.sent.get(1).records(1);

        assertThat(second).isNotDone();
        assertThat(brokers.sent).hasSize(4);
        assertThat(brokers.sent.get(3).position(1)).isEqualTo(99);
        brokers.sent.get(3).records(1);
        assertThat(records(second, 1)).isTrue();
    }

    @Test
    void aHeldAnswerIsNotKeptForEver() {
        CompletableFuture<RecordsReply<FetchResponseData>> first = fetch(500, 1, 10, 20);
        brokers.sent.get(0).records(0);
        assertThat(first).isDone();
        brokers.sent.get(1).records(1);
        loop.advance(TimeUnit.SECONDS.toNanos(6));
        CompletableFuture<RecordsReply<FetchResponseData>> second = fetch(500, 1, 10, 20);

        assertThat(second).isNotDone();
        assertThat(brokers.sent).hasSize(4);
    }

    @Test
    void whenTheMaxWaitIsOverTheAnswerNamesEveryPartition() {
        CompletableFuture<RecordsReply<FetchResponseData>> reply = fetch(500, 1, 10, 20);
        loop.advance(TimeUnit.MILLISECONDS.toNanos(700));

        assertThat(data(reply).responses().get(0).partitions())
                .hasSize(2)
                .allSatisfy(partition -> assertThat(partition.errorCode()).isZero());
    }

    @Test
    void whatOnlyALaggingFollowerSaysIsVerifiedWithTheLeader() {
        for (Errors error : List.of(Errors.OFFSET_OUT_OF_RANGE, Errors.OFFSET_NOT_AVAILABLE)) {
            CompletableFuture<RecordsReply<FetchResponseData>> reply = fetch(500, 1, 10);
            Sent follower = brokers.last();
            assertThat(follower.brokerId).isEqualTo(1);
            follower.error(0, error);

            Sent leader = brokers.last();
            assertThat(leader.brokerId).isEqualTo(LEADER);
            assertThat(leader.request.rackId()).isEmpty();
            leader.records(0);
            assertThat(records(reply, 0)).isTrue();
            loop.advance(TimeUnit.MILLISECONDS.toNanos(250));
        }
    }

    @Test
    void aFollowerThatDoesNotServeThePartitionYetIsAskedAgainSoonAndLessOftenAsLongAsItDoesNot() {
        List<Integer> asked = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            CompletableFuture<RecordsReply<FetchResponseData>> reply = fetch(500, 1, 10);
            asked.add(brokers.last().brokerId);
            if (brokers.last().brokerId != LEADER) {
                brokers.last().error(0, Errors.NOT_LEADER_OR_FOLLOWER);
            }
            brokers.last().records(0);
            assertThat(records(reply, 0)).isTrue();
            loop.advance(TimeUnit.MILLISECONDS.toNanos(250));
        }

        assertThat(asked).containsExactly(1, 1, LEADER, 1, LEADER);
    }

    @Test
    void theLeadersErrorIsTheClients() {
        CompletableFuture<RecordsReply<FetchResponseData>> reply = fetch(500, 1, 10);
        brokers.last().error(0, Errors.OFFSET_OUT_OF_RANGE);
        brokers.last().error(0, Errors.OFFSET_OUT_OF_RANGE);

        assertThat(brokers.sent).hasSize(2);
        PartitionData partition = data(reply).responses().get(0).partitions().get(0);
        assertThat(Errors.forCode(partition.errorCode())).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
    }

    @Test
    void aFollowerThatIsLostIsReplacedByTheLeaderAndALostLeaderIsNoError() {
        CompletableFuture<RecordsReply<FetchResponseData>> reply = fetch(500, 1, 10);
        brokers.last().lost();
        assertThat(brokers.last().brokerId).isEqualTo(LEADER);
        brokers.last().lost();
        assertThat(reply).isNotDone();
        assertThat(cluster.refreshes).isPositive();

        loop.advance(TimeUnit.MILLISECONDS.toNanos(700));
        PartitionData partition = data(reply).responses().get(0).partitions().get(0);
        assertThat(partition.errorCode()).isZero();
        assertThat(partition.records().sizeInBytes()).isZero();
    }

    @Test
    void aFollowerThatHangsIsLeftOut() {
        CompletableFuture<RecordsReply<FetchResponseData>> first = fetch(500, 1, 10);
        loop.advance(TimeUnit.SECONDS.toNanos(5));
        assertThat(first).isDone();
        CompletableFuture<RecordsReply<FetchResponseData>> second = fetch(500, 1, 10);

        assertThat(brokers.last().brokerId).isEqualTo(LEADER);
        brokers.last().records(0);
        assertThat(records(second, 0)).isTrue();
    }

    @Test
    void aTopicThatNoBrokerKnowsIsUnknown() {
        FetchRequestData request = request(500, 1, 10);
        request.topics().get(0).setTopic("other");
        CompletableFuture<RecordsReply<FetchResponseData>> reply = fetch(request);

        PartitionData partition = data(reply).responses().get(0).partitions().get(0);
        assertThat(Errors.forCode(partition.errorCode())).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(cluster.refreshes).isEqualTo(1);
    }

    @Test
    void aClientThatLeavesGetsNothingAndLateAnswersAreReleased() {
        CompletableFuture<RecordsReply<FetchResponseData>> reply = fetch(500, 1, 10);
        fetcher.close();
        brokers.last().records(0);

        assertThat(reply).isCompletedExceptionally();
    }

    private CompletableFuture<RecordsReply<FetchResponseData>> fetch(int maxWaitMs, int minBytes, long... offsets) {
        return fetch(request(maxWaitMs, minBytes, offsets));
    }

    private CompletableFuture<RecordsReply<FetchResponseData>> fetch(FetchRequestData request) {
        CompletableFuture<RecordsReply<FetchResponseData>> reply =
                fetcher.fetch(new FetchCall(VERSION, "client", request));
        reply.thenAccept(replies::add);
        loop.runPending();
        return reply;
    }

    private static FetchRequestData request(int maxWaitMs, int minBytes, long... offsets) {
        FetchTopic topic = new FetchTopic().setTopic("orders");
        for (int partition = 0; partition < offsets.length; partition++) {
            topic.partitions()
                    .add(new FetchPartition()
                            .setPartition(partition)
                            .setFetchOffset(offsets[partition])
                            .setPartitionMaxBytes(1 << 20));
        }
        return new FetchRequestData()
                .setMaxWaitMs(maxWaitMs)
                .setMinBytes(minBytes)
                .setMaxBytes(1 << 20)
                .setTopics(List.of(topic));
    }

    private static FetchResponseData data(CompletableFuture<RecordsReply<FetchResponseData>> reply) {
        assertThat(reply).isDone();
        return reply.join().data();
    }

    private static boolean records(CompletableFuture<RecordsReply<FetchResponseData>> reply, int partition) {
        return data(reply)
                        .responses()
                        .get(0)
                        .partitions()
                        .get(partition)
                        .records()
                        .sizeInBytes()
                > 0;
    }

    /** One sub-fetch and its answer. */
    private final class Sent {
        final int brokerId;
        final FetchRequestData request;
        final CompletableFuture<RecordsAnswer<FetchResponseData>> answer;

        Sent(int brokerId, FetchRequestData request, CompletableFuture<RecordsAnswer<FetchResponseData>> answer) {
            this.brokerId = brokerId;
            this.request = request;
            this.answer = answer;
        }

        long position(int partition) {
            return request.topics().get(0).partitions().stream()
                    .filter(asked -> asked.partition() == partition)
                    .findFirst()
                    .orElseThrow()
                    .fetchOffset();
        }

        void records(int partition) {
            answer(new PartitionData()
                    .setPartitionIndex(partition)
                    .setHighWatermark(100)
                    .setRecords(RECORDS));
        }

        void error(int partition, Errors error) {
            answer(new PartitionData()
                    .setPartitionIndex(partition)
                    .setErrorCode(error.code())
                    .setRecords(MemoryRecords.EMPTY));
        }

        void lost() {
            answer.completeExceptionally(new DisconnectException("lost"));
            loop.runPending();
        }

        private void answer(PartitionData partition) {
            FetchResponseData data = new FetchResponseData();
            data.responses().add(new FetchableTopicResponse().setTopic("orders").setPartitions(List.of(partition)));
            ByteBuf frame = Unpooled.wrappedBuffer(
                    MessageUtil.toByteBufferAccessor(data, VERSION).buffer());
            brokers.frames.add(frame);
            answer.complete(ClientFetcher.READER.read(frame, ApiKeys.FETCH, VERSION));
            loop.runPending();
        }
    }

    private final class Brokers implements ClientUpstream {
        final List<Sent> sent = new ArrayList<>();
        final List<ByteBuf> frames = new ArrayList<>();
        int fetchBytes = Integer.MAX_VALUE;

        Sent last() {
            return sent.get(sent.size() - 1);
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> CompletableFuture<T> send(Use use, int brokerId, Request request, ResponseReader<T> reader) {
            CompletableFuture<RecordsAnswer<FetchResponseData>> answer = new CompletableFuture<>();
            sent.add(new Sent(brokerId, (FetchRequestData) request.message(), answer));
            return (CompletableFuture<T>) answer;
        }

        @Override
        public void introduce(String softwareName, String softwareVersion) {}

        @Override
        public int fetchBytes(String clientId) {
            return fetchBytes;
        }

        @Override
        public void pauseFetches() {}

        @Override
        public void resumeFetches() {}

        @Override
        public void close() {}
    }

    private static final class Cluster implements KnownCluster {
        private final TopicView topic = new TopicView(
                "orders",
                new UUID(1, 2),
                List.of(
                        new PartitionView(0, LEADER, 5, List.of(3, 1)),
                        new PartitionView(1, LEADER, 5, List.of(3, 2))));
        int refreshes;

        @Override
        public ClusterView view() {
            return ClusterView.of(
                    "cluster",
                    1,
                    Map.of(
                            1, new Broker(1, "h", 1, "a", RelayEndpoint.NONE),
                            2, new Broker(2, "h", 2, "a", RelayEndpoint.NONE),
                            3, new Broker(3, "h", 3, "b", RelayEndpoint.NONE)),
                    List.of(topic));
        }

        @Override
        public CompletableFuture<ClusterView> refreshTopics(Set<String> names, AutoCreate autoCreate) {
            refreshes++;
            return KnownCluster.super.refreshTopics(names, autoCreate);
        }

        @Override
        public CompletableFuture<ClusterView> refreshTopicIds(Set<UUID> ids) {
            refreshes++;
            return KnownCluster.super.refreshTopicIds(ids);
        }
    }
}
