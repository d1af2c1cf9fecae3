package io.narrows.proxy.share;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.DisconnectException;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A share consumer of a topic of one partition, led by broker 1, that is deleted. */
final class ShareFetcherErrorsTest {
    private static final short VERSION = 2;
    private static final Uuid TOPIC = new Uuid(1, 2);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final ManualLoop loop = new ManualLoop(0);
    private final Broker1 broker = new Broker1();
    private final Cluster cluster = new Cluster();
    private final ShareCapacity capacity = new ShareCapacity(2, 4);
    private final ShareFetcher fetcher =
            new ShareFetcher(new ShareFetcher.Dependencies(broker, cluster, loop, new Random(3), capacity));
    private final List<CompletableFuture<RecordsReply<ShareFetchResponseData>>> replies = new ArrayList<>();

    @AfterEach
    void close() {
        fetcher.close();
        loop.runPending();
        assertThat(replies).allSatisfy(reply -> assertThat(reply).isDone());
        assertThat(capacity.isUnused()).isTrue();
        replies.stream()
                .filter(reply -> !reply.isCompletedExceptionally())
                .forEach(reply -> reply.join().release());
    }

    @Test
    void aTopicThatTheBrokerFailsForLeavesTheViewAndIsNotAskedForAgain() {
        fetch(request(0));
        cluster.delete();
        broker.answer(whole(Errors.UNKNOWN_SERVER_ERROR));
        assertThat(cluster.view().topicsById()).isEmpty();
        CompletableFuture<RecordsReply<ShareFetchResponseData>> next = fetch(request(0));
        loop.advance(PAUSE_NANOS);
        assertThat(Errors.forCode(partition(next).errorCode())).isEqualTo(Errors.UNKNOWN_TOPIC_ID);
        assertThat(broker.requests).hasSize(1);
    }

    @Test
    void aFetchAfterAnErrorOfABrokerBeginsAfterAPauseAlsoInANewSession() {
        fetch(request(0));
        broker.answer(whole(Errors.UNKNOWN_SERVER_ERROR));
        fetch(request(0));
        loop.advance(PAUSE_NANOS - 1);
        assertThat(broker.requests).hasSize(1);
        loop.advance(1);
        assertThat(broker.requests).hasSize(2);
    }

    @Test
    void aFetchAfterAFailedPartitionOrALostConnectionBeginsAfterAPause() {
        fetch(request(0));
        broker.answer(of(new PartitionData().setErrorCode(Errors.NOT_LEADER_OR_FOLLOWER.code())));
        fetch(request(1));
        assertThat(broker.requests).hasSize(1);
        loop.advance(PAUSE_NANOS);
        assertThat(broker.requests).hasSize(2);
        broker.disconnect();
        fetch(request(2));
        assertThat(broker.requests).hasSize(2);
        loop.advance(PAUSE_NANOS);
        assertThat(broker.requests).hasSize(3);
    }

    @Test
    void theEndOfTheSessionAndTheEndOfTheClientDoNotWaitForThePause() {
        fetch(request(0));
        broker.answer(of(new PartitionData().setErrorCode(Errors.NOT_LEADER_OR_FOLLOWER.code())));
        CompletableFuture<?> paused = fetch(request(1));
        CompletableFuture<?> last = acknowledge(request(-1));
        assertThat(paused).isDone();
        broker.answer(new ShareAcknowledgeResponseData());
        assertThat(last).isDone();
        CompletableFuture<?> left = fetch(request(0));
        fetcher.close();
        assertThat(left).isCompletedExceptionally();
        int sent = broker.requests.size();
        loop.advance(PAUSE_NANOS);
        assertThat(broker.requests).hasSize(sent);
    }

    @Test
    void anAcknowledgementGetsWhatTheBrokerSaidOfTheWholeRequest() {
        acquire();
        CompletableFuture<RecordsReply<ShareFetchResponseData>> told = acknowledge(acknowledging(1));
        broker.answer(new ShareAcknowledgeResponseData().setErrorCode(Errors.UNKNOWN_SERVER_ERROR.code()));
        assertThat(acknowledgeError(told)).isEqualTo(Errors.UNKNOWN_SERVER_ERROR);
        told = fetch(acknowledging(2));
        broker.answer(whole(Errors.GROUP_AUTHORIZATION_FAILED));
        assertThat(acknowledgeError(told)).isEqualTo(Errors.GROUP_AUTHORIZATION_FAILED);
    }

    @Test
    void anAcknowledgementWhoseConnectionIsLostFailsAsForAnotherLeader() {
        acquire();
        CompletableFuture<RecordsReply<ShareFetchResponseData>> told = acknowledge(acknowledging(1));
        broker.disconnect();
        assertThat(acknowledgeError(told)).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void anAcknowledgementOfADeletedTopicWithoutASourceSaysThatTheTopicIsUnknown() {
        acquire();
        fetch(request(1));
        cluster.delete();
        broker.answer(whole(Errors.UNKNOWN_SERVER_ERROR));
        CompletableFuture<RecordsReply<ShareFetchResponseData>> told = acknowledge(acknowledging(2));
        assertThat(acknowledgeError(told)).isEqualTo(Errors.UNKNOWN_TOPIC_ID);
        told = fetch(acknowledging(3));
        loop.advance(PAUSE_NANOS);
        assertThat(acknowledgeError(told)).isEqualTo(Errors.UNKNOWN_TOPIC_ID);
        assertThat(Errors.forCode(partition(told).errorCode())).isEqualTo(Errors.UNKNOWN_TOPIC_ID);
    }

    @Test
    void allSessionsTogetherHaveABoundedNumberOfPartitions() {
        ShareFetcher other =
                new ShareFetcher(new ShareFetcher.Dependencies(broker, cluster, loop, new Random(3), capacity));
        ShareFetchRequestData three = request(0);
        three.topics().find(TOPIC).partitions().add(new FetchPartition().setPartitionIndex(7));
        three.topics().find(TOPIC).partitions().add(new FetchPartition().setPartitionIndex(8));
        CompletableFuture<?> first = added(other.fetch(new ShareCall(VERSION, "test", three.duplicate())));
        assertThat(first).isDone();
        assertThat(fetch(three)).isCompletedExceptionally();
        other.close();
        CompletableFuture<RecordsReply<ShareFetchResponseData>> now = fetch(three);
        loop.advance(PAUSE_NANOS);
        assertThat(now).isCompleted();
    }

    @Test
    void thereIsABoundedNumberOfSessions() {
        ShareCapacity one = new ShareCapacity(1, 4);
        ShareFetcher first = new ShareFetcher(new ShareFetcher.Dependencies(broker, cluster, loop, new Random(3), one));
        ShareFetcher second =
                new ShareFetcher(new ShareFetcher.Dependencies(broker, cluster, loop, new Random(3), one));
        CompletableFuture<?> opened = added(first.fetch(new ShareCall(VERSION, "test", request(0))));
        CompletableFuture<?> refused = added(second.fetch(new ShareCall(VERSION, "test", request(0))));
        assertThat(opened).isNotDone();
        assertThat(refused).isCompletedExceptionally();
        first.close();
        second.close();
        assertThat(one.isUnused()).isTrue();
    }

    private void acquire() {
        fetch(request(0));
        broker.answer(of(new PartitionData().setAcquiredRecords(List.of(new AcquiredRecords()))));
    }

    private CompletableFuture<RecordsReply<ShareFetchResponseData>> fetch(ShareFetchRequestData request) {
        return added(fetcher.fetch(new ShareCall(VERSION, "test", request)));
    }

    private CompletableFuture<RecordsReply<ShareFetchResponseData>> acknowledge(ShareFetchRequestData request) {
        return added(fetcher.acknowledge(new ShareCall(VERSION, "test", request)));
    }

    private CompletableFuture<RecordsReply<ShareFetchResponseData>> added(
            CompletableFuture<RecordsReply<ShareFetchResponseData>> reply) {
        replies.add(reply);
        loop.runPending();
        return reply;
    }

    private static PartitionData partition(CompletableFuture<RecordsReply<ShareFetchResponseData>> reply) {
        assertThat(reply).isDone();
        return reply.join().data().responses().find(TOPIC).partitions().get(0);
    }

    private static Errors acknowledgeError(CompletableFuture<RecordsReply<ShareFetchResponseData>> reply) {
        return Errors.forCode(partition(reply).acknowledgeErrorCode());
    }

    private static ShareFetchRequestData request(int epoch) {
        FetchTopic topic = new FetchTopic().setTopicId(TOPIC);
        topic.partitions().add(new FetchPartition());
        ShareFetchRequestData request = new ShareFetchRequestData()
                .setGroupId("group")
                .setMemberId("member")
                .setShareSessionEpoch(epoch)
                .setMaxWaitMs(500);
        request.topics().add(topic);
        return request;
    }

    private static ShareFetchRequestData acknowledging(int epoch) {
        ShareFetchRequestData request = request(epoch);
        request.topics()
                .find(TOPIC)
                .partitions()
                .find(0)
                .setAcknowledgementBatches(List.of(new AcknowledgementBatch().setAcknowledgeTypes(List.of((byte) 1))));
        return request;
    }

    private static ShareFetchResponseData whole(Errors error) {
        return new ShareFetchResponseData().setErrorCode(error.code());
    }

    private static ShareFetchResponseData of(PartitionData partition) {
        ShareFetchResponseData data = new ShareFetchResponseData().setAcquisitionLockTimeoutMs(30_000);
        data.responses()
                .add(new ShareFetchableTopicResponse()
                        .setTopicId(TOPIC)
                        .setPartitions(List.of(partition.setRecords(MemoryRecords.EMPTY))));
        return data;
    }

    private final class Broker1 implements ClientUpstream {
        final List<ApiMessage> requests = new ArrayList<>();
        private CompletableFuture<Object> last = new CompletableFuture<>();

        void answer(ShareFetchResponseData data) {
            last.complete(ShareCalls.READER.read(
                    Unpooled.wrappedBuffer(
                            MessageUtil.toByteBufferAccessor(data, VERSION).buffer()),
                    ApiKeys.SHARE_FETCH,
                    VERSION));
            loop.runPending();
        }

        void answer(ShareAcknowledgeResponseData data) {
            last.complete(data);
            loop.runPending();
        }

        void disconnect() {
            last.completeExceptionally(new DisconnectException("The connection is lost"));
            loop.runPending();
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> CompletableFuture<T> send(Use use, int brokerId, Request request, ResponseReader<T> reader) {
            requests.add(request.message());
            last = new CompletableFuture<>();
            return (CompletableFuture<T>) last;
        }

        @Override
        public void introduce(String softwareName, String softwareVersion) {}

        @Override
        public int fetchBytes(String clientId) {
            return Integer.MAX_VALUE;
        }

        @Override
        public void pauseFetches() {}

        @Override
        public void resumeFetches() {}

        @Override
        public void close() {}
    }

    /** Sees the deletion of the topic with the next look-up only. */
    private static final class Cluster implements KnownCluster {
        private final TopicView topic = new TopicView("orders", new UUID(1, 2), List.of(new PartitionView(0, 1, 5)));
        private boolean deleted;
        private List<TopicView> seen = List.of(topic);

        void delete() {
            deleted = true;
        }

        @Override
        public ClusterView view() {
            return ClusterView.of("cluster", 1, Map.of(1, new Broker(1, "h", 1, "a", RelayEndpoint.NONE)), seen);
        }

        @Override
        public CompletableFuture<ClusterView> refreshTopicIds(Set<UUID> ids) {
            seen = deleted ? List.of() : List.of(topic);
            return CompletableFuture.completedFuture(view());
        }
    }
}
