package io.narrows.proxy.api;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteRecordsResponse;

/** DeleteRecords by leader. */
final class DeleteRecordsParts implements LeaderApi.Parts<DeleteRecordsPartition, DeleteRecordsPartitionResult> {
    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.BARRIER;
    }

    @Override
    public Map<TopicPartition, DeleteRecordsPartition> split(ApiMessage request) {
        Map<TopicPartition, DeleteRecordsPartition> split = new LinkedHashMap<>();
        ((DeleteRecordsRequestData) request)
                .topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition ->
                                split.put(new TopicPartition(topic.name(), partition.partitionIndex()), partition)));
        return split;
    }

    @Override
    public ApiMessage request(ApiMessage whole, Map<TopicPartition, DeleteRecordsPartition> share) {
        Map<String, DeleteRecordsTopic> topics = new LinkedHashMap<>();
        share.forEach((partition, part) -> topics.computeIfAbsent(
                        partition.topic(), name -> new DeleteRecordsTopic().setName(name))
                .partitions()
                .add(part));
        return new DeleteRecordsRequestData()
                .setTimeoutMs(((DeleteRecordsRequestData) whole).timeoutMs())
                .setTopics(topics.values().stream().toList());
    }

    @Override
    public Map<TopicPartition, DeleteRecordsPartitionResult> results(ApiMessage response) {
        Map<TopicPartition, DeleteRecordsPartitionResult> results = new LinkedHashMap<>();
        ((DeleteRecordsResponseData) response)
                .topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> results.put(
                                new TopicPartition(topic.name(), partition.partitionIndex()), partition.duplicate())));
        return results;
    }

    @Override
    public int throttleTimeMs(ApiMessage response) {
        return ((DeleteRecordsResponseData) response).throttleTimeMs();
    }

    @Override
    public DeleteRecordsPartitionResult error(TopicPartition partition, DeleteRecordsPartition asked, Errors error) {
        return new DeleteRecordsPartitionResult()
                .setPartitionIndex(partition.partition())
                .setLowWatermark(DeleteRecordsResponse.INVALID_LOW_WATERMARK)
                .setErrorCode(error.code());
    }

    @Override
    public ApiMessage response(Map<TopicPartition, DeleteRecordsPartitionResult> results, int throttleTimeMs) {
        DeleteRecordsResponseData response = new DeleteRecordsResponseData().setThrottleTimeMs(throttleTimeMs);
        results.forEach((partition, result) -> {
            DeleteRecordsTopicResult topic = response.topics().find(partition.topic());
            if (topic == null) {
                topic = new DeleteRecordsTopicResult().setName(partition.topic());
                response.topics().add(topic);
            }
            topic.partitions().add(result);
        });
        return response;
    }
}
