package io.narrows.proxy.share;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgePartition;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgePartitionCollection;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgeTopic;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.AcknowledgementBatch;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartition;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartitionCollection;
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
        Map<ShareKey, List<AcknowledgementBatch>> told = new LinkedHashMap<>();
        for (ShareKey key : wanted) {
            if (!broker.known.contains(key)) {
                told.put(key, List.of());
            }
        }
        told.putAll(acknowledgements);
        byTopic(told).forEach((id, partitions) -> request.topics().add(topic(id, partitions)));
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

    private static Map<Uuid, Map<Integer, List<AcknowledgementBatch>>> byTopic(
            Map<ShareKey, List<AcknowledgementBatch>> told) {
        Map<Uuid, Map<Integer, List<AcknowledgementBatch>>> topics = new LinkedHashMap<>();
        told.forEach((key, batches) -> topics.computeIfAbsent(key.topicId(), id -> new LinkedHashMap<>())
                .put(key.partition(), batches));
        return topics;
    }

    /** With room for twice as many: a table of Kafka's that grows takes n * n steps for n partitions in a row. */
    private static FetchTopic topic(Uuid id, Map<Integer, List<AcknowledgementBatch>> partitions) {
        FetchPartitionCollection table = new FetchPartitionCollection(2 * partitions.size());
        partitions.forEach((partition, batches) ->
                table.mustAdd(new FetchPartition().setPartitionIndex(partition).setAcknowledgementBatches(batches)));
        return new FetchTopic().setTopicId(id).setPartitions(table);
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
        byTopic(acknowledgements).forEach((id, partitions) -> {
            AcknowledgePartitionCollection table = new AcknowledgePartitionCollection(2 * partitions.size());
            partitions.forEach((partition, batches) -> table.mustAdd(acknowledged(partition, batches)));
            request.topics().add(new AcknowledgeTopic().setTopicId(id).setPartitions(table));
        });
        return request;
    }

    private static AcknowledgePartition acknowledged(int partition, List<AcknowledgementBatch> batches) {
        return new AcknowledgePartition()
                .setPartitionIndex(partition)
                .setAcknowledgementBatches(batches.stream()
                        .map(batch -> new ShareAcknowledgeRequestData.AcknowledgementBatch()
                                .setFirstOffset(batch.firstOffset())
                                .setLastOffset(batch.lastOffset())
                                .setAcknowledgeTypes(batch.acknowledgeTypes()))
                        .toList());
    }
}
