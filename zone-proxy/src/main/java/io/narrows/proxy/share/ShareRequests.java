package io.narrows.proxy.share;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgePartition;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgeTopic;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.AcknowledgementBatch;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartition;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchTopic;
import org.apache.kafka.common.message.ShareFetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.requests.ShareRequestMetadata;

/** Builds what brokers are told of a share session. Stateless. */
final class ShareRequests {
    private ShareRequests() {}

    /** The client's limits, with what the broker's session lacks, has too much of, and is told about records. */
    static ShareFetchRequestData fetch(
            ShareSession session,
            BrokerShare broker,
            ShareFetchRequestData asked,
            Set<ShareKey> wanted,
            Map<ShareKey, List<AcknowledgementBatch>> acknowledgements) {
        ShareFetchRequestData request = limits(session, broker, asked);
        for (ShareKey key : wanted) {
            if (!broker.known.contains(key)) {
                partition(request, key);
            }
        }
        acknowledgements.forEach((key, batches) -> partition(request, key).setAcknowledgementBatches(batches));
        Set<ShareKey> forgotten = new HashSet<>(broker.known);
        forgotten.addAll(acknowledgements.keySet());
        forgotten.removeAll(wanted);
        forgotten.forEach(key -> request.forgottenTopicsData()
                .add(new ForgottenTopic().setTopicId(key.topicId()).setPartitions(List.of(key.partition()))));
        return request;
    }

    private static ShareFetchRequestData limits(ShareSession session, BrokerShare broker, ShareFetchRequestData asked) {
        return new ShareFetchRequestData()
                .setGroupId(session.groupId)
                .setMemberId(session.upstreamMemberId)
                .setShareSessionEpoch(broker.epoch)
                .setMaxWaitMs(asked.maxWaitMs())
                .setMinBytes(asked.minBytes())
                .setMaxBytes(asked.maxBytes())
                .setMaxRecords(asked.maxRecords())
                .setBatchSize(asked.batchSize())
                .setShareAcquireMode(asked.shareAcquireMode())
                .setIsRenewAck(asked.isRenewAck());
    }

    private static FetchPartition partition(ShareFetchRequestData request, ShareKey key) {
        FetchTopic topic = request.topics().find(key.topicId());
        if (topic == null) {
            topic = new FetchTopic().setTopicId(key.topicId());
            request.topics().add(topic);
        }
        FetchPartition partition = topic.partitions().find(key.partition());
        if (partition == null) {
            partition = new FetchPartition().setPartitionIndex(key.partition());
            topic.partitions().add(partition);
        }
        return partition;
    }

    /** Ends the broker's session: what it has acquired is free for others. */
    static ShareFetchRequestData close(ShareSession session) {
        return new ShareFetchRequestData()
                .setGroupId(session.groupId)
                .setMemberId(session.upstreamMemberId)
                .setShareSessionEpoch(ShareRequestMetadata.FINAL_EPOCH);
    }

    /** Says of all records that the answer has acquired that others may have them. */
    static Map<ShareKey, List<AcknowledgementBatch>> releases(ShareFetchResponseData answer) {
        Map<ShareKey, List<AcknowledgementBatch>> releases = new HashMap<>();
        answer.responses()
                .forEach(topic -> topic.partitions().forEach(partition -> {
                    List<AcknowledgementBatch> batches = partition.acquiredRecords().stream()
                            .map(acquired -> new AcknowledgementBatch()
                                    .setFirstOffset(acquired.firstOffset())
                                    .setLastOffset(acquired.lastOffset())
                                    .setAcknowledgeTypes(List.of(AcknowledgeType.RELEASE.id)))
                            .toList();
                    if (!batches.isEmpty()) {
                        releases.put(new ShareKey(topic.topicId(), partition.partitionIndex()), batches);
                    }
                }));
        return releases;
    }

    /** What the client says of records that came from one broker. */
    static ShareAcknowledgeRequestData acknowledge(
            ShareSession session,
            int epoch,
            boolean renew,
            Map<ShareKey, List<AcknowledgementBatch>> acknowledgements) {
        ShareAcknowledgeRequestData request = new ShareAcknowledgeRequestData()
                .setGroupId(session.groupId)
                .setMemberId(session.upstreamMemberId)
                .setShareSessionEpoch(epoch)
                .setIsRenewAck(renew);
        acknowledgements.forEach((key, batches) -> topic(request, key.topicId())
                .partitions()
                .add(new AcknowledgePartition()
                        .setPartitionIndex(key.partition())
                        .setAcknowledgementBatches(batches.stream()
                                .map(batch -> new ShareAcknowledgeRequestData.AcknowledgementBatch()
                                        .setFirstOffset(batch.firstOffset())
                                        .setLastOffset(batch.lastOffset())
                                        .setAcknowledgeTypes(batch.acknowledgeTypes()))
                                .toList())));
        return request;
    }

    private static AcknowledgeTopic topic(ShareAcknowledgeRequestData request, Uuid id) {
        AcknowledgeTopic topic = request.topics().find(id);
        if (topic == null) {
            topic = new AcknowledgeTopic().setTopicId(id);
            request.topics().add(topic);
        }
        return topic;
    }
}
