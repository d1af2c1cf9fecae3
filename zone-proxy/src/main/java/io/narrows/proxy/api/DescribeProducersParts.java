package io.narrows.proxy.api;

import java.util.LinkedHashMap;
import java.util.Map;
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
    public Map<NamedPartition, Integer> split(ApiMessage request) {
        Map<NamedPartition, Integer> split = new LinkedHashMap<>();
        ((DescribeProducersRequestData) request)
                .topics()
                .forEach(topic -> topic.partitionIndexes()
                        .forEach(partition -> split.put(new NamedPartition(topic.name(), partition), partition)));
        return split;
    }

    @Override
    public ApiMessage request(ApiMessage whole, Map<NamedPartition, Integer> share) {
        return new DescribeProducersRequestData()
                .setTopics(LeaderApi.byTopic(
                        share,
                        (topic, parts) -> new TopicRequest().setName(topic).setPartitionIndexes(parts)));
    }

    @Override
    public Map<NamedPartition, PartitionResponse> results(ApiMessage response) {
        Map<NamedPartition, PartitionResponse> results = new LinkedHashMap<>();
        ((DescribeProducersResponseData) response)
                .topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition ->
                                results.put(new NamedPartition(topic.name(), partition.partitionIndex()), partition)));
        return results;
    }

    @Override
    public int throttleTimeMs(ApiMessage response) {
        return ((DescribeProducersResponseData) response).throttleTimeMs();
    }

    @Override
    public PartitionResponse error(NamedPartition partition, Integer asked, Errors error) {
        return new PartitionResponse()
                .setPartitionIndex(partition.partition())
                .setErrorCode(error.code())
                .setErrorMessage(error.message());
    }

    @Override
    public ApiMessage response(Map<NamedPartition, PartitionResponse> results, int throttleTimeMs) {
        return new DescribeProducersResponseData()
                .setThrottleTimeMs(throttleTimeMs)
                .setTopics(LeaderApi.byTopic(
                        results,
                        (topic, parts) -> new TopicResponse().setName(topic).setPartitions(parts)));
    }
}
