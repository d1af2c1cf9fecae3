package io.narrows.proxy.api;

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
        return LeaderApi.byPartition(
                ((DescribeProducersRequestData) request).topics(),
                TopicRequest::name,
                TopicRequest::partitionIndexes,
                Integer::intValue);
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
        return LeaderApi.byPartition(
                ((DescribeProducersResponseData) response).topics(),
                TopicResponse::name,
                TopicResponse::partitions,
                PartitionResponse::partitionIndex);
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
