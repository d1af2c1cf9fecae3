package io.narrows.proxy.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerPartitionResult;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerResult;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerTopicResult;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** WriteTxnMarkers by leader: an administrator ends a transaction that hangs (KIP-664). */
final class TxnMarkersParts implements LeaderApi.Parts<List<WritableTxnMarker>, List<TxnMarkersParts.Result>> {
    /** What became of one producer's marker in one partition. */
    record Result(long producerId, short errorCode) {}

    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.BARRIER;
    }

    @Override
    public Map<NamedPartition, List<WritableTxnMarker>> split(ApiMessage request) {
        Map<NamedPartition, List<WritableTxnMarker>> split = new LinkedHashMap<>();
        ((WriteTxnMarkersRequestData) request)
                .markers()
                .forEach(marker -> marker.topics()
                        .forEach(topic -> topic.partitionIndexes()
                                .forEach(partition -> split.computeIfAbsent(
                                                new NamedPartition(topic.name(), partition), key -> new ArrayList<>())
                                        .add(only(marker, topic.name(), partition)))));
        return split;
    }

    private static WritableTxnMarker only(WritableTxnMarker marker, String topic, int partition) {
        return marker.duplicate()
                .setTopics(
                        List.of(new WritableTxnMarkerTopic().setName(topic).setPartitionIndexes(List.of(partition))));
    }

    @Override
    public ApiMessage request(ApiMessage whole, Map<NamedPartition, List<WritableTxnMarker>> share) {
        return new WriteTxnMarkersRequestData()
                .setMarkers(share.values().stream().flatMap(List::stream).toList());
    }

    @Override
    public Map<NamedPartition, List<Result>> results(ApiMessage response) {
        Map<NamedPartition, List<Result>> results = new LinkedHashMap<>();
        ((WriteTxnMarkersResponseData) response)
                .markers()
                .forEach(marker -> marker.topics()
                        .forEach(topic -> topic.partitions()
                                .forEach(partition -> results.computeIfAbsent(
                                                new NamedPartition(topic.name(), partition.partitionIndex()),
                                                key -> new ArrayList<>())
                                        .add(new Result(marker.producerId(), partition.errorCode())))));
        return results;
    }

    @Override
    public int throttleTimeMs(ApiMessage response) {
        return 0;
    }

    @Override
    public List<Result> error(NamedPartition partition, List<WritableTxnMarker> asked, Errors error) {
        return asked.stream()
                .map(marker -> new Result(marker.producerId(), error.code()))
                .toList();
    }

    @Override
    public ApiMessage response(Map<NamedPartition, List<Result>> results, int throttleTimeMs) {
        Map<Long, WritableTxnMarkerResult> markers = new LinkedHashMap<>();
        results.forEach((partition, ofPartition) -> ofPartition.forEach(result -> markers.computeIfAbsent(
                        result.producerId(), id -> new WritableTxnMarkerResult().setProducerId(id))
                .topics()
                .add(new WritableTxnMarkerTopicResult()
                        .setName(partition.topic())
                        .setPartitions(List.of(new WritableTxnMarkerPartitionResult()
                                .setPartitionIndex(partition.partition())
                                .setErrorCode(result.errorCode()))))));
        return new WriteTxnMarkersResponseData()
                .setMarkers(markers.values().stream().toList());
    }
}
