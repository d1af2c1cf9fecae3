package io.narrows.proxy.api;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.DescribeProducersResponseData.TopicResponse;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** DescribeProducers by leader. */
final class DescribeProducersParts implements LeaderApi.Parts<Integer, PartitionResponse> {
    @Override
    public Map<TopicPartition, Integer> split(ApiMessage request) {
        Map<TopicPartition, Integer> split = new LinkedHashMap<>();
        ((DescribeProducersRequestData) request)
                .topics()
                .forEach(topic -> topic.partitionIndexes()
                        .forEach(partition -> split.put(new TopicPartition(topic.name(), partition), partition)));
        return split;
    }

    @Override
    public ApiMessage request(ApiMessage whole, Map<TopicPartition, Integer> share) {
        return new DescribeProducersRequestData()
                .setTopics(LeaderApi.byTopic(
                        share,
                        (topic, parts) -> new TopicRequest().setName(topic).setPartitionIndexes(parts)));
    }

    @Override
    public Map<TopicPartition, PartitionResponse> results(ApiMessage response) {
        Map<TopicPartition, PartitionResponse> results = new LinkedHashMap<>();
        ((DescribeProducersResponseData) response)
                .topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition ->
                                results.put(new TopicPartition(topic.name(), partition.partitionIndex()), partition)));
        return results;
    }

    @Override
    public int throttleTimeMs(ApiMessage response) {
        return ((DescribeProducersResponseData) response).throttleTimeMs();
    }

    @Override
    public PartitionResponse error(TopicPartition partition, Integer asked, Errors error) {
        return new PartitionResponse()
                .setPartitionIndex(partition.partition())
                .setErrorCode(error.code())
                .setErrorMessage(error.message());
    }

    @Override
    public ApiMessage response(Map<TopicPartition, PartitionResponse> results, int throttleTimeMs) {
        return new DescribeProducersResponseData()
                .setThrottleTimeMs(throttleTimeMs)
                .setTopics(LeaderApi.byTopic(
                        results,
                        (topic, parts) -> new TopicResponse().setName(topic).setPartitions(parts)));
    }
}
