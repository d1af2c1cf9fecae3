package io.narrows.proxy.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResultCollection;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResultCollection;
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
    public Map<NamedPartition, DeleteRecordsPartition> split(ApiMessage request) {
        return LeaderApi.byPartition(
                ((DeleteRecordsRequestData) request).topics(),
                DeleteRecordsTopic::name,
                DeleteRecordsTopic::partitions,
                DeleteRecordsPartition::partitionIndex);
    }

    @Override
    public ApiMessage request(ApiMessage whole, Map<NamedPartition, DeleteRecordsPartition> share) {
        return new DeleteRecordsRequestData()
                .setTimeoutMs(((DeleteRecordsRequestData) whole).timeoutMs())
                .setTopics(LeaderApi.byTopic(
                        share,
                        (topic, parts) ->
                                new DeleteRecordsTopic().setName(topic).setPartitions(parts)));
    }

    @Override
    public Map<NamedPartition, DeleteRecordsPartitionResult> results(ApiMessage response) {
        Map<NamedPartition, DeleteRecordsPartitionResult> results = new LinkedHashMap<>();
        ((DeleteRecordsResponseData) response)
                .topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> results.put(
                                new NamedPartition(topic.name(), partition.partitionIndex()), partition.duplicate())));
        return results;
    }

    @Override
    public int throttleTimeMs(ApiMessage response) {
        return ((DeleteRecordsResponseData) response).throttleTimeMs();
    }

    @Override
    public DeleteRecordsPartitionResult error(NamedPartition partition, DeleteRecordsPartition asked, Errors error) {
        return new DeleteRecordsPartitionResult()
                .setPartitionIndex(partition.partition())
                .setLowWatermark(DeleteRecordsResponse.INVALID_LOW_WATERMARK)
                .setErrorCode(error.code());
    }

    @Override
    public ApiMessage response(Map<NamedPartition, DeleteRecordsPartitionResult> results, int throttleTimeMs) {
        List<DeleteRecordsTopicResult> topics = LeaderApi.byTopic(
                results,
                (topic, parts) -> new DeleteRecordsTopicResult().setName(topic).setPartitions(collection(parts)));
        return new DeleteRecordsResponseData()
                .setThrottleTimeMs(throttleTimeMs)
                .setTopics(new DeleteRecordsTopicResultCollection(topics.iterator()));
    }

    /**
     * With room for twice as many: a collection that grows takes its elements out one by one, n * n steps for n partitions in a
     * row. Topics that a request names several times come together here.
     */
    private static DeleteRecordsPartitionResultCollection collection(List<DeleteRecordsPartitionResult> partitions) {
        DeleteRecordsPartitionResultCollection collection =
                new DeleteRecordsPartitionResultCollection(2 * partitions.size());
        partitions.forEach(collection::mustAdd);
        return collection;
    }
}
