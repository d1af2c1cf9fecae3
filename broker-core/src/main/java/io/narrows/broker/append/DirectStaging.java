package io.narrows.broker.append;

import io.narrows.broker.link.StagedPointers;
import io.narrows.broker.link.StagedPointers.Staged;
import io.narrows.broker.relay.InlineStaging;
import io.narrows.broker.relay.InlineStaging.Outcome;
import io.narrows.relay.pointer.Pointer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import kafka.server.KafkaRequestHandler;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ProduceResponse.PartitionResponse;
import org.apache.kafka.server.common.RequestLocal;
import scala.Function1;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * Stages batches that clients send to Kafka's own listener: parks the request between its authorization and its append,
 * and brings it back to a handler thread when the bytes are in S3 or have to stay inline. No handler thread waits. The
 * order of a connection is kept because Kafka reads its next request only after the answer.
 */
public final class DirectStaging {
    private final InlineStaging staging;
    private final StagedPointers stagedPointers;
    private final LinkMetrics metrics;
    private final Executor resumer;

    /** {@code resumer} may block: Kafka's queue of callbacks is bounded, and its threads are not those of S3. */
    public DirectStaging(InlineStaging staging, StagedPointers stagedPointers, LinkMetrics metrics, Executor resumer) {
        this.staging = staging;
        this.stagedPointers = stagedPointers;
        this.metrics = metrics;
        this.resumer = resumer;
    }

    /** The rest of Kafka's produce path. */
    public interface ProducePath {
        void append(
                scala.collection.Map<TopicIdPartition, MemoryRecords> entries,
                Function1<scala.collection.Map<TopicIdPartition, PartitionResponse>, BoxedUnit> respond,
                RequestLocal requestLocal);
    }

    /** A Produce request as it arrives at the replica manager. */
    public record Arrival(
            scala.collection.Map<TopicIdPartition, MemoryRecords> entries,
            Function1<scala.collection.Map<TopicIdPartition, PartitionResponse>, BoxedUnit> respond,
            RequestLocal requestLocal,
            long timeoutMs) {}

    /** Appends immediately or parks; called on a handler thread. */
    public void append(Arrival arrival, ProducePath path) {
        Map<TopicIdPartition, CompletableFuture<Outcome>> parked = new HashMap<>();
        Map<TopicIdPartition, MemoryRecords> entries = CollectionConverters.asJava(arrival.entries());
        int timeoutMs = (int) Math.min(Integer.MAX_VALUE, arrival.timeoutMs());
        entries.forEach((partition, records) -> {
            CompletableFuture<Outcome> outcome = staging.stage(target(partition), records.buffer(), timeoutMs);
            if (outcome != null) {
                parked.put(partition, outcome);
            }
        });
        if (parked.isEmpty()) {
            path.append(arrival.entries(), arrival.respond(), arrival.requestLocal());
            return;
        }
        Map<TopicIdPartition, Outcome> outcomes = new ConcurrentHashMap<>();
        List<CompletableFuture<?>> ended = new ArrayList<>();
        parked.forEach((partition, outcome) -> ended.add(outcome.thenAccept(known -> outcomes.put(partition, known))));
        Function1<Map<TopicIdPartition, Outcome>, BoxedUnit> resume = KafkaRequestHandler.wrapAsyncCallback(
                (requestLocal, known) -> {
                    resume(arrival, known, requestLocal, path);
                    return BoxedUnit.UNIT;
                },
                arrival.requestLocal());
        CompletableFuture<Void> unused = CompletableFuture.allOf(ended.toArray(CompletableFuture[]::new))
                .thenRunAsync(() -> resume.apply(outcomes), resumer);
    }

    private void resume(
            Arrival arrival, Map<TopicIdPartition, Outcome> outcomes, RequestLocal requestLocal, ProducePath path) {
        List<Staged> staged = new ArrayList<>();
        Map<TopicIdPartition, MemoryRecords> entries = CollectionConverters.asJava(arrival.entries());
        outcomes.forEach((partition, outcome) -> {
            MemoryRecords records = entries.get(partition);
            Pointer pointer = outcome.pointer();
            if (records != null && pointer != null) {
                staged.add(stagedPointers.put(records, pointer));
            }
        });
        try {
            path.append(
                    arrival.entries(),
                    response -> {
                        staged.forEach(one -> metrics.finished(stagedPointers.finish(one)));
                        return arrival.respond().apply(response);
                    },
                    requestLocal);
        } catch (RuntimeException e) {
            // A handler thread only logs what a callback throws: without an answer the client would wait in vain.
            staged.forEach(one -> metrics.finished(stagedPointers.finish(one)));
            Errors error = Errors.forException(e);
            Map<TopicIdPartition, PartitionResponse> failed = new HashMap<>();
            entries.keySet().forEach(partition -> failed.put(partition, new PartitionResponse(error)));
            BoxedUnit unused = arrival.respond().apply(CollectionConverters.asScala(failed));
        }
    }

    private static InlineStaging.Target target(TopicIdPartition partition) {
        Uuid id = partition.topicId();
        return new InlineStaging.Target(
                new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits()), partition.partition());
    }
}
