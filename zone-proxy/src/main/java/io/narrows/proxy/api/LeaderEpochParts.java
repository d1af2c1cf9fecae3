package io.narrows.proxy.api;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopicCollection;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResultCollection;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** OffsetForLeaderEpoch by leader. */
final class LeaderEpochParts implements LeaderApi.Parts<OffsetForLeaderPartition, EpochEndOffset> {
    @Override
    public Map<NamedPartition, OffsetForLeaderPartition> split(ApiMessage request) {
        return LeaderApi.byPartition(
                ((OffsetForLeaderEpochRequestData) request).topics(),
                OffsetForLeaderTopic::topic,
                OffsetForLeaderTopic::partitions,
                OffsetForLeaderPartition::partition);
    }

    @Override
    public ApiMessage request(ApiMessage whole, Map<NamedPartition, OffsetForLeaderPartition> share) {
        List<OffsetForLeaderTopic> topics = LeaderApi.byTopic(
                share,
                (topic, parts) -> new OffsetForLeaderTopic().setTopic(topic).setPartitions(parts));
        return new OffsetForLeaderEpochRequestData()
                .setReplicaId(((OffsetForLeaderEpochRequestData) whole).replicaId())
                .setTopics(new OffsetForLeaderTopicCollection(topics.iterator()));
    }

    @Override
    public Map<NamedPartition, EpochEndOffset> results(ApiMessage response) {
        return LeaderApi.byPartition(
                ((OffsetForLeaderEpochResponseData) response).topics(),
                OffsetForLeaderTopicResult::topic,
                OffsetForLeaderTopicResult::partitions,
                EpochEndOffset::partition);
    }

    @Override
    public int throttleTimeMs(ApiMessage response) {
        return ((OffsetForLeaderEpochResponseData) response).throttleTimeMs();
    }

    @Override
    public EpochEndOffset error(NamedPartition partition, OffsetForLeaderPartition asked, Errors error) {
        return new EpochEndOffset().setPartition(partition.partition()).setErrorCode(error.code());
    }

    @Override
    public ApiMessage response(Map<NamedPartition, EpochEndOffset> results, int throttleTimeMs) {
        List<OffsetForLeaderTopicResult> topics = LeaderApi.byTopic(
                results,
                (topic, parts) ->
                        new OffsetForLeaderTopicResult().setTopic(topic).setPartitions(parts));
        return new OffsetForLeaderEpochResponseData()
                .setThrottleTimeMs(throttleTimeMs)
                .setTopics(new OffsetForLeaderTopicResultCollection(topics.iterator()));
    }
}
