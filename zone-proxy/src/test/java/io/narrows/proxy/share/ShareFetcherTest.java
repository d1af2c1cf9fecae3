package io.narrows.proxy.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.proxy.fake.KnownCluster;
import io.narrows.proxy.fetch.RecordsReply;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.router.topology.Broker;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.RelayEndpoint;
import io.narrows.router.topology.TopicView;
import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.ResponseReader;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.InvalidShareSessionEpochException;
import org.apache.kafka.common.errors.ShareSessionNotFoundException;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.AcknowledgementBatch;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartition;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchTopic;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.message.ShareFetchResponseData.AcquiredRecords;
import org.apache.kafka.common.message.ShareFetchResponseData.PartitionData;
import org.apache.kafka.common.message.ShareFetchResponseData.ShareFetchableTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A share consumer of partitions 0 and 1, which brokers 1 and 2 lead. */
@ExtendWith(LeakDetection.class)
final class ShareFetcherTest {
    private static final short VERSION = 2;
    private static final Uuid TOPIC = new Uuid(1, 2);
    private static final MemoryRecords RECORDS =
            MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(1L, "value".getBytes(StandardCharsets.UTF_8)));

    private final ManualLoop loop = new ManualLoop(0);
    private final Brokers brokers = new Brokers();
    private final ShareFetcher fetcher = new ShareFetcher(
            new ShareFetcher.Dependencies(brokers, new Cluster(), loop, new Random(3), new ShareCapacity()));
    private final List<RecordsReply<ShareFetchResponseData>> replies = new ArrayList<>();

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
    void eachLeaderGetsASessionOfItsOwnUnderAnotherMember() {
        fetch(request(0, 0, 1));
        assertThat(brokers.sent).extracting(sent -> sent.brokerId).containsExactly(1, 2);
        assertThat(brokers.sent).allSatisfy(sent -> {
            assertThat(sent.fetch().shareSessionEpoch()).isZero();
            assertThat(sent.fetch().memberId()).isNotEqualTo("member").hasSizeLessThanOrEqualTo(36);
            assertThat(sent.fetch().topics()).hasSize(1);
        });
    }

    @Test
    void recordsOfOneLeaderDoNotWaitForTheOtherWhoseAnswerIsForTheNextRound() {
        CompletableFuture<RecordsReply<ShareFetchResponseData>> first = fetch(request(0, 0, 1));
        brokers.sent.get(0).records(0);
        assertThat(partitions(first)).containsExactly(0);
        brokers.sent.get(1).records(1);
        CompletableFuture<RecordsReply<ShareFetchResponseData>> second = fetch(request(1));
        assertThat(partitions(second)).containsExactly(1);
        assertThat(brokers.sent.get(2).brokerId).isEqualTo(1);
        assertThat(brokers.sent.get(2).fetch().shareSessionEpoch()).isEqualTo(1);
        assertThat(brokers.sent.get(2).fetch().topics()).isEmpty();
    }

    @Test
    void aFetchWhoseWaitIsEndedIsAnsweredWithWhatIsThere() {
        fetcher.endWait();
        CompletableFuture<RecordsReply<ShareFetchResponseData>> first = fetch(request(0, 0, 1));
        assertThat(first).isNotDone();
        fetcher.endWait();
        assertThat(partitions(first)).isEmpty();
        brokers.sent.get(1).records(1);
        assertThat(partitions(fetch(request(1)))).containsExactly(1);
    }

    @Test
    void aBrokerIsAskedForNoMoreThanFitsIntoTheClientsMemory() {
        brokers.fetchBytes = 300_000;
        fetch(request(0, 0).setMaxBytes(1 << 20));
        assertThat(brokers.last().fetch().maxBytes()).isEqualTo(300_000);
    }

    @Test
    void whatBecameOfRecordsGoesToTheBrokerTheyCameFrom() {
        CompletableFuture<RecordsReply<ShareFetchResponseData>> first = fetch(request(0, 0, 1));
        brokers.sent.get(1).records(1);
        assertThat(partitions(first)).containsExactly(1);
        CompletableFuture<RecordsReply<ShareFetchResponseData>> second = fetch(acknowledging(1, 1));
        Sent told = brokers.sent.get(2);
        assertThat(told.brokerId).isEqualTo(2);
        assertThat(told.fetch().topics().find(TOPIC).partitions().find(1).acknowledgementBatches())
                .hasSize(1);
        brokers.sent.get(0).records(0);
        assertThat(second)
                .as("the client must hear what became of its acknowledgement")
                .isNotDone();
        told.answer(new PartitionData().setPartitionIndex(1).setRecords(MemoryRecords.EMPTY));
        assertThat(partitions(second)).containsExactlyInAnyOrder(0, 1);
    }

    @Test
    void anAcknowledgementForABusyBrokerFollowsItsAnswer() {
        CompletableFuture<RecordsReply<ShareFetchResponseData>> first = fetch(request(0, 0, 1));
        brokers.sent.get(0).records(0);
        assertThat(first).isDone();
        replies.add(first.join());
        CompletableFuture<RecordsReply<ShareFetchResponseData>> second = fetch(request(1));
        brokers.sent.get(1).records(1);
        assertThat(partitions(second)).containsExactly(1);
        CompletableFuture<RecordsReply<ShareFetchResponseData>> third = fetch(acknowledging(2, 0));
        brokers.sent.get(2).answer(new PartitionData().setPartitionIndex(0).setRecords(MemoryRecords.EMPTY));
        Sent told = brokers.last();
        assertThat(told.request).isInstanceOf(ShareAcknowledgeRequestData.class);
        assertThat(((ShareAcknowledgeRequestData) told.request).shareSessionEpoch())
                .isEqualTo(2);
        assertThat(third).isNotDone();
        told.acknowledged(0, Errors.NONE);
        assertThat(third).isDone();
        replies.add(third.join());
    }

    /** Clients know no other partitions in the answer to what they say, and would drop the records. */
    @Test
    void recordsThatComeWhileAnAcknowledgementIsUnderWayAreForTheNextFetch() {
        CompletableFuture<RecordsReply<ShareFetchResponseData>> first = fetch(request(0, 0, 1));
        brokers.sent.get(0).records(0);
        assertThat(partitions(first)).containsExactly(0);
        CompletableFuture<RecordsReply<ShareFetchResponseData>> told =
                fetcher.acknowledge(new ShareCall(VERSION, "test", acknowledging(1, 0)));
        Sent acknowledgement = brokers.last();
        brokers.sent.get(1).records(1);
        acknowledgement.acknowledged(0, Errors.NONE);
        assertThat(partitions(told)).containsExactly(0);
        assertThat(partitions(fetch(request(2)))).containsExactly(1);
    }

    @Test
    void anAcknowledgementWhoseBrokerHasLostTheSessionFailsAndASessionIsOpenedAnew() {
        CompletableFuture<RecordsReply<ShareFetchResponseData>> first = fetch(request(0, 0));
        brokers.sent.get(0).records(0);
        assertThat(partitions(first)).containsExactly(0);
        CompletableFuture<RecordsReply<ShareFetchResponseData>> second = fetch(acknowledging(1, 0));
        brokers.last().failed(Errors.SHARE_SESSION_NOT_FOUND);
        assertThat(second).isDone();
        PartitionData told =
                second.join().data().responses().find(TOPIC).partitions().get(0);
        replies.add(second.join());
        assertThat(Errors.forCode(told.acknowledgeErrorCode())).isEqualTo(Errors.SHARE_SESSION_NOT_FOUND);
        fetch(request(2));
        loop.advance(TimeUnit.MILLISECONDS.toNanos(100));
        assertThat(brokers.last().fetch().shareSessionEpoch()).isZero();
        assertThat(brokers.last().fetch().topics().find(TOPIC).partitions()).hasSize(1);
    }

    @Test
    void epochsOutOfOrderAndUnknownSessionsAreRefused() {
        assertThatThrownBy(fetch(request(1))::join).hasCauseInstanceOf(ShareSessionNotFoundException.class);
        CompletableFuture<RecordsReply<ShareFetchResponseData>> first = fetch(request(0, 0));
        brokers.sent.get(0).records(0);
        assertThat(partitions(first)).containsExactly(0);
        assertThatThrownBy(fetch(request(3))::join).hasCauseInstanceOf(InvalidShareSessionEpochException.class);
    }

    @Test
    void theEndOfASessionEndsItAtEveryLeader() {
        CompletableFuture<RecordsReply<ShareFetchResponseData>> first = fetch(request(0, 0, 1));
        brokers.sent.get(0).records(0);
        assertThat(partitions(first)).containsExactly(0);
        brokers.sent.get(1).records(1);
        CompletableFuture<RecordsReply<ShareFetchResponseData>> last =
                fetcher.acknowledge(new ShareCall(VERSION, "test", acknowledging(-1, 0)));
        assertThat(brokers.sent).hasSize(4);
        assertThat(brokers.sent.subList(2, 4))
                .allSatisfy(sent -> assertThat(((ShareAcknowledgeRequestData) sent.request).shareSessionEpoch())
                        .isEqualTo(-1));
        brokers.sent.get(2).acknowledged(0, Errors.NONE);
        brokers.sent.get(3).acknowledged(1, Errors.NONE);
        assertThat(last).isDone();
        replies.add(last.join());
        assertThat(brokers.sent).hasSize(4);
    }

    @Test
    void recordsThatNoRequestFetchesAreReleased() {
        CompletableFuture<RecordsReply<ShareFetchResponseData>> first = fetch(request(0, 0, 1));
        brokers.sent.get(0).records(0);
        assertThat(partitions(first)).containsExactly(0);
        brokers.sent.get(1).records(1);
        loop.advance(TimeUnit.SECONDS.toNanos(16));
        ShareAcknowledgeRequestData released = (ShareAcknowledgeRequestData) brokers.last().request;
        assertThat(brokers.last().brokerId).isEqualTo(2);
        assertThat(released.topics().find(TOPIC).partitions().find(1).acknowledgementBatches())
                .singleElement()
                .satisfies(batch -> assertThat(batch.acknowledgeTypes()).containsExactly((byte) 2));
    }

    @Test
    void aRoundWithoutNewsEndsWithTheWait() {
        CompletableFuture<RecordsReply<ShareFetchResponseData>> first = fetch(request(0, 0, 1));
        loop.advance(TimeUnit.MILLISECONDS.toNanos(700));
        assertThat(partitions(first)).isEmpty();
    }

    private CompletableFuture<RecordsReply<ShareFetchResponseData>> fetch(ShareFetchRequestData request) {
        CompletableFuture<RecordsReply<ShareFetchResponseData>> reply =
                fetcher.fetch(new ShareCall(VERSION, "test", request));
        loop.runPending();
        return reply;
    }

    private static ShareFetchRequestData request(int epoch, int... partitions) {
        ShareFetchRequestData request = new ShareFetchRequestData()
                .setGroupId("group")
                .setMemberId("member")
                .setShareSessionEpoch(epoch)
                .setMaxWaitMs(500);
        if (partitions.length > 0) {
            FetchTopic topic = new FetchTopic().setTopicId(TOPIC);
            for (int partition : partitions) {
                topic.partitions().add(new FetchPartition().setPartitionIndex(partition));
            }
            request.topics().add(topic);
        }
        return request;
    }

    private static ShareFetchRequestData acknowledging(int epoch, int partition) {
        ShareFetchRequestData request = request(epoch, partition);
        request.topics()
                .find(TOPIC)
                .partitions()
                .find(partition)
                .setAcknowledgementBatches(List.of(new AcknowledgementBatch().setAcknowledgeTypes(List.of((byte) 1))));
        return request;
    }

    private List<Integer> partitions(CompletableFuture<RecordsReply<ShareFetchResponseData>> reply) {
        assertThat(reply).isDone();
        replies.add(reply.join());
        return reply.join().data().responses().stream()
                .flatMap(topic -> topic.partitions().stream())
                .map(PartitionData::partitionIndex)
                .toList();
    }

    /** One request to a broker and its answer. */
    private final class Sent {
        final int brokerId;
        final ApiMessage request;
        final CompletableFuture<Object> answer = new CompletableFuture<>();

        Sent(int brokerId, ApiMessage request) {
            this.brokerId = brokerId;
            this.request = request;
        }

        ShareFetchRequestData fetch() {
            return (ShareFetchRequestData) request;
        }

        void records(int partition) {
            answer(new PartitionData()
                    .setPartitionIndex(partition)
                    .setRecords(RECORDS)
                    .setAcquiredRecords(List.of(new AcquiredRecords().setDeliveryCount((short) 1))));
        }

        void failed(Errors error) {
            answer(new ShareFetchResponseData().setErrorCode(error.code()));
        }

        void answer(PartitionData partition) {
            ShareFetchResponseData data = new ShareFetchResponseData().setAcquisitionLockTimeoutMs(30_000);
            data.responses()
                    .add(new ShareFetchableTopicResponse().setTopicId(TOPIC).setPartitions(List.of(partition)));
            answer(data);
        }

        private void answer(ShareFetchResponseData data) {
            ByteBuf frame = Unpooled.wrappedBuffer(
                    MessageUtil.toByteBufferAccessor(data, VERSION).buffer());
            brokers.frames.add(frame);
            answer.complete(ShareCalls.READER.read(frame, ApiKeys.SHARE_FETCH, VERSION));
            loop.runPending();
        }

        void acknowledged(int partition, Errors error) {
            ShareAcknowledgeResponseData data = new ShareAcknowledgeResponseData();
            data.responses()
                    .add(new ShareAcknowledgeResponseData.ShareAcknowledgeTopicResponse()
                            .setTopicId(TOPIC)
                            .setPartitions(List.of(new ShareAcknowledgeResponseData.PartitionData()
                                    .setPartitionIndex(partition)
                                    .setErrorCode(error.code()))));
            answer.complete(data);
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
            Sent one = new Sent(brokerId, request.message());
            sent.add(one);
            return (CompletableFuture<T>) one.answer;
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
                "orders", new UUID(1, 2), List.of(new PartitionView(0, 1, 5), new PartitionView(1, 2, 5)));

        @Override
        public ClusterView view() {
            return ClusterView.of(
                    "cluster",
                    1,
                    Map.of(
                            1,
                            new Broker(1, "h", 1, "a", RelayEndpoint.NONE),
                            2,
                            new Broker(2, "h", 2, "b", RelayEndpoint.NONE)),
                    List.of(topic));
        }
    }
}
