package io.narrows.proxy.api;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.ListOffsetsRequest;

/** ListOffsets by leader. */
final class ListOffsetsParts implements LeaderApi.Parts<ListOffsetsPartition, ListOffsetsPartitionResponse> {
    /** Whether a broker may have to read records for the answer, maybe from the object store. */
    static boolean mayWait(ApiMessage request) {
        return ((ListOffsetsRequestData) request)
                .topics().stream()
                        .flatMap(topic -> topic.partitions().stream())
                        .anyMatch(partition -> partition.timestamp() != ListOffsetsRequest.LATEST_TIMESTAMP
                                && partition.timestamp() != ListOffsetsRequest.EARLIEST_TIMESTAMP);
    }

    @Override
    public Map<NamedPartition, ListOffsetsPartition> split(ApiMessage request) {
        return LeaderApi.byPartition(
                ((ListOffsetsRequestData) request).topics(),
                ListOffsetsTopic::name,
                ListOffsetsTopic::partitions,
                ListOffsetsPartition::partitionIndex);
    }

    @Override
    public Errors check(ApiMessage request) {
        byte level = ((ListOffsetsRequestData) request).isolationLevel();
        boolean known = level >= IsolationLevel.READ_UNCOMMITTED.id() && level <= IsolationLevel.READ_COMMITTED.id();
        return known ? Errors.NONE : Errors.UNKNOWN_SERVER_ERROR;
    }

    @Override
    public Set<NamedPartition> duplicates(AbstractRequest request) {
        return ((ListOffsetsRequest) request)
                .duplicatePartitions().stream()
                        .map(partition -> new NamedPartition(partition.topic(), partition.partition()))
                        .collect(Collectors.toSet());
    }

    @Override
    public ApiMessage request(ApiMessage whole, Map<NamedPartition, ListOffsetsPartition> share) {
        ListOffsetsRequestData data = (ListOffsetsRequestData) whole;
        return new ListOffsetsRequestData()
                .setReplicaId(data.replicaId())
                .setIsolationLevel(data.isolationLevel())
                .setTimeoutMs(data.timeoutMs())
                .setTopics(LeaderApi.byTopic(
                        share,
                        (topic, parts) -> new ListOffsetsTopic().setName(topic).setPartitions(parts)));
    }

    @Override
    public Map<NamedPartition, ListOffsetsPartitionResponse> results(ApiMessage response) {
        return LeaderApi.byPartition(
                ((ListOffsetsResponseData) response).topics(),
                ListOffsetsTopicResponse::name,
                ListOffsetsTopicResponse::partitions,
                ListOffsetsPartitionResponse::partitionIndex);
    }

    @Override
    public int throttleTimeMs(ApiMessage response) {
        return ((ListOffsetsResponseData) response).throttleTimeMs();
    }

    @Override
    public ListOffsetsPartitionResponse error(NamedPartition partition, ListOffsetsPartition asked, Errors error) {
        return new ListOffsetsPartitionResponse()
                .setPartitionIndex(partition.partition())
                .setErrorCode(error.code());
    }

    @Override
    public ApiMessage response(Map<NamedPartition, ListOffsetsPartitionResponse> results, int throttleTimeMs) {
        return new ListOffsetsResponseData()
                .setThrottleTimeMs(throttleTimeMs)
                .setTopics(LeaderApi.byTopic(
                        results,
                        (topic, parts) ->
                                new ListOffsetsTopicResponse().setName(topic).setPartitions(parts)));
    }
}
