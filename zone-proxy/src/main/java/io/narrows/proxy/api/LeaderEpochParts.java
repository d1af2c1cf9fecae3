package io.narrows.proxy.api;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** OffsetForLeaderEpoch by leader. */
final class LeaderEpochParts implements LeaderApi.Parts<OffsetForLeaderPartition, EpochEndOffset> {
    @Override
    public Map<TopicPartition, OffsetForLeaderPartition> split(ApiMessage request) {
        Map<TopicPartition, OffsetForLeaderPartition> split = new LinkedHashMap<>();
        ((OffsetForLeaderEpochRequestData) request)
                .topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition ->
                                split.put(new TopicPartition(topic.topic(), partition.partition()), partition)));
        return split;
    }

    @Override
    public ApiMessage request(ApiMessage whole, Map<TopicPartition, OffsetForLeaderPartition> share) {
        OffsetForLeaderEpochRequestData request = new OffsetForLeaderEpochRequestData()
                .setReplicaId(((OffsetForLeaderEpochRequestData) whole).replicaId());
        share.forEach((partition, part) -> {
            OffsetForLeaderTopic topic = request.topics().find(partition.topic());
            if (topic == null) {
                topic = new OffsetForLeaderTopic().setTopic(partition.topic());
                request.topics().add(topic);
            }
            topic.partitions().add(part);
        });
        return request;
    }

    @Override
    public Map<TopicPartition, EpochEndOffset> results(ApiMessage response) {
        Map<TopicPartition, EpochEndOffset> results = new LinkedHashMap<>();
        ((OffsetForLeaderEpochResponseData) response)
                .topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition ->
                                results.put(new TopicPartition(topic.topic(), partition.partition()), partition)));
        return results;
    }

    @Override
    public int throttleTimeMs(ApiMessage response) {
        return ((OffsetForLeaderEpochResponseData) response).throttleTimeMs();
    }

    @Override
    public EpochEndOffset error(TopicPartition partition, OffsetForLeaderPartition asked, Errors error) {
        return new EpochEndOffset().setPartition(partition.partition()).setErrorCode(error.code());
    }

    @Override
    public ApiMessage response(Map<TopicPartition, EpochEndOffset> results, int throttleTimeMs) {
        OffsetForLeaderEpochResponseData response =
                new OffsetForLeaderEpochResponseData().setThrottleTimeMs(throttleTimeMs);
        results.forEach((partition, result) -> {
            OffsetForLeaderTopicResult topic = response.topics().find(partition.topic());
            if (topic == null) {
                topic = new OffsetForLeaderTopicResult().setTopic(partition.topic());
                response.topics().add(topic);
            }
            topic.partitions().add(result);
        });
        return response;
    }
}
