package io.narrows.proxy.api;

import io.narrows.proxy.fetch.RecordsReply;
import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.proxy.share.ShareCall;
import io.narrows.proxy.share.ShareFetcher;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData.ShareAcknowledgeTopicResponse;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData.ShareAcknowledgeTopicResponseCollection;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.AcknowledgementBatch;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartition;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartitionCollection;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchTopic;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchTopicCollection;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * ShareFetch and ShareAcknowledge: served by the connection's share fetcher, with the proxy's nodes in the place of
 * leaders. One per API and client connection.
 */
final class ShareApi implements Api {
    static final Set<ApiKeys> KEYS = Set.of(ApiKeys.SHARE_FETCH, ApiKeys.SHARE_ACKNOWLEDGE);

    private final ApiKeys key;
    private final ShareFetcher shares;
    private final VirtualCluster cluster;

    /** For one of {@link #KEYS}. */
    ShareApi(ApiKeys key, ShareFetcher shares, VirtualCluster cluster) {
        this.key = key;
        this.shares = shares;
        this.cluster = cluster;
    }

    @Override
    public ApiKeys key() {
        return key;
    }

    /** The fetcher keeps them in order. */
    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.ANY;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        CompletableFuture<RecordsReply<ShareFetchResponseData>> reply = key == ApiKeys.SHARE_FETCH
                ? shares.fetch(
                        new ShareCall(call.version(), call.clientId(), bounded((ShareFetchRequestData) call.message())))
                : shares.acknowledge(new ShareCall(
                        call.version(), call.clientId(), inFetchForm((ShareAcknowledgeRequestData) call.message())));
        return reply.handle((done, failure) -> {
            if (done == null) {
                return failed(call, failure);
            }
            try {
                return answer(done, client);
            } catch (RuntimeException e) {
                done.release();
                throw e;
            }
        });
    }

    private static ShareFetchRequestData bounded(ShareFetchRequestData request) {
        return request.setMaxWaitMs(MaxWait.of(request.maxWaitMs()));
    }

    private static Answer failed(ApiCall call, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ApiException && !(cause instanceof DisconnectException)
                ? ErrorResponses.error(call, Errors.forException(cause))
                : new Answer.Hangup("the client has left");
    }

    private Answer answer(RecordsReply<ShareFetchResponseData> reply, Client client) {
        cluster.seenBy(client.software()).rewrite(reply.data(), client.advertised());
        if (key == ApiKeys.SHARE_FETCH) {
            return new Answer.Fetched(reply);
        }
        ShareAcknowledgeResponseData response = acknowledged(reply.data());
        reply.release();
        return new Answer.Reply(response, response.throttleTimeMs());
    }

    private static ShareFetchRequestData inFetchForm(ShareAcknowledgeRequestData request) {
        ShareFetchRequestData form = new ShareFetchRequestData()
                .setGroupId(request.groupId())
                .setMemberId(request.memberId())
                .setShareSessionEpoch(request.shareSessionEpoch())
                .setIsRenewAck(request.isRenewAck())
                .setTopics(new FetchTopicCollection(2 * request.topics().size()));
        request.topics().forEach(topic -> {
            FetchTopic fetchTopic = new FetchTopic()
                    .setTopicId(topic.topicId())
                    .setPartitions(
                            new FetchPartitionCollection(2 * topic.partitions().size()));
            topic.partitions()
                    .forEach(partition -> fetchTopic
                            .partitions()
                            .add(new FetchPartition()
                                    .setPartitionIndex(partition.partitionIndex())
                                    .setAcknowledgementBatches(partition.acknowledgementBatches().stream()
                                            .map(batch -> new AcknowledgementBatch()
                                                    .setFirstOffset(batch.firstOffset())
                                                    .setLastOffset(batch.lastOffset())
                                                    .setAcknowledgeTypes(batch.acknowledgeTypes()))
                                            .toList())));
            form.topics().add(fetchTopic);
        });
        return form;
    }

    private static ShareAcknowledgeResponseData acknowledged(ShareFetchResponseData form) {
        ShareAcknowledgeResponseData response = new ShareAcknowledgeResponseData()
                .setThrottleTimeMs(form.throttleTimeMs())
                .setErrorCode(form.errorCode())
                .setErrorMessage(form.errorMessage())
                .setAcquisitionLockTimeoutMs(form.acquisitionLockTimeoutMs())
                .setResponses(new ShareAcknowledgeTopicResponseCollection(
                        2 * form.responses().size()));
        form.responses().forEach(topic -> {
            ShareAcknowledgeTopicResponse told = new ShareAcknowledgeTopicResponse().setTopicId(topic.topicId());
            topic.partitions()
                    .forEach(partition -> told.partitions()
                            .add(new ShareAcknowledgeResponseData.PartitionData()
                                    .setPartitionIndex(partition.partitionIndex())
                                    .setErrorCode(partition.acknowledgeErrorCode())
                                    .setErrorMessage(partition.acknowledgeErrorMessage())
                                    .setCurrentLeader(new ShareAcknowledgeResponseData.LeaderIdAndEpoch()
                                            .setLeaderId(
                                                    partition.currentLeader().leaderId())
                                            .setLeaderEpoch(
                                                    partition.currentLeader().leaderEpoch()))));
            response.responses().add(told);
        });
        form.nodeEndpoints()
                .forEach(node -> response.nodeEndpoints()
                        .add(new ShareAcknowledgeResponseData.NodeEndpoint()
                                .setNodeId(node.nodeId())
                                .setHost(node.host())
                                .setPort(node.port())
                                .setRack(node.rack())));
        return response;
    }
}
