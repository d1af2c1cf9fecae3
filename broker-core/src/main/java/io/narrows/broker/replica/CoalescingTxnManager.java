package io.narrows.broker.replica;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.clients.NetworkClient;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.MetadataCache;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.server.transaction.AddPartitionsToTxnManager;
import org.jspecify.annotations.Nullable;

/**
 * The stock manager keeps one queued request per transactional id and fails the older one, which suits connections that
 * wait for each answer and is wrong for a pipeline. This one has at most one request of a transactional id in flight
 * and merges what arrives meanwhile into the next. Callbacks run as in the stock class: on the sender thread or on the
 * caller's. Any thread may call it.
 */
final class CoalescingTxnManager extends AddPartitionsToTxnManager {
    // Guarded by itself: what waits behind the request in flight; no entry means no request in flight.
    private final Map<String, ArrayDeque<Call>> waitingById = new HashMap<>();

    CoalescingTxnManager(
            AbstractKafkaConfig config,
            NetworkClient client,
            MetadataCache metadataCache,
            Function<String, Integer> partitionFor,
            Time time) {
        super(config, client, metadataCache, partitionFor, time);
    }

    @Override
    public void addOrVerifyTransaction(
            String transactionalId,
            long producerId,
            short producerEpoch,
            Collection<TopicPartition> topicPartitions,
            AppendCallback callback,
            TransactionSupportedOperation operation) {
        Call call = new Call(new Kind(producerId, producerEpoch, operation), Set.copyOf(topicPartitions), callback);
        synchronized (waitingById) {
            ArrayDeque<Call> waiting = waitingById.get(transactionalId);
            if (waiting != null) {
                waiting.add(call);
                return;
            }
            waitingById.put(transactionalId, new ArrayDeque<>());
        }
        send(transactionalId, List.of(call));
    }

    private void send(String transactionalId, List<Call> calls) {
        Set<TopicPartition> partitions = new HashSet<>();
        calls.forEach(call -> partitions.addAll(call.partitions()));
        Kind kind = calls.get(0).kind();
        super.addOrVerifyTransaction(
                transactionalId,
                kind.producerId(),
                kind.producerEpoch(),
                partitions,
                errors -> answered(transactionalId, calls, errors),
                kind.operation());
    }

    private void answered(String transactionalId, List<Call> calls, Map<TopicPartition, Errors> errors) {
        List<Call> spoiled = new ArrayList<>();
        List<Runnable> answers = new ArrayList<>();
        for (Call call : calls) {
            Map<TopicPartition, Errors> own = call.own(errors);
            if (calls.size() > 1 && onlyNotAttempted(own)) {
                spoiled.add(call);
            } else {
                answers.add(() -> call.callback().complete(own));
            }
        }
        List<Call> next = next(transactionalId, spoiled);
        if (next != null) {
            send(transactionalId, next);
        }
        answers.forEach(Runnable::run);
    }

    /** The coordinator attempts nothing when one partition is wrong: the wrong partition of another call must not fail this one. */
    private static boolean onlyNotAttempted(Map<TopicPartition, Errors> errors) {
        return !errors.isEmpty() && errors.values().stream().allMatch(Errors.OPERATION_NOT_ATTEMPTED::equals);
    }

    private @Nullable List<Call> next(String transactionalId, List<Call> spoiled) {
        synchronized (waitingById) {
            ArrayDeque<Call> waiting = waitingById.get(transactionalId);
            if (waiting == null) {
                return null;
            }
            for (Call call : spoiled) {
                waiting.addFirst(call.alone());
            }
            Call first = waiting.poll();
            if (first == null) {
                waitingById.remove(transactionalId);
                return null;
            }
            List<Call> next = new ArrayList<>(List.of(first));
            while (first.mayBeMerged()
                    && !waiting.isEmpty()
                    && first.kind().equals(waiting.peek().kind())
                    && waiting.peek().mayBeMerged()) {
                next.add(waiting.remove());
            }
            return next;
        }
    }

    private record Kind(long producerId, short producerEpoch, TransactionSupportedOperation operation) {}

    private record Call(Kind kind, Set<TopicPartition> partitions, AppendCallback callback, Merging merging) {
        Call(Kind kind, Set<TopicPartition> partitions, AppendCallback callback) {
            this(kind, partitions, callback, Merging.ALLOWED);
        }

        Call alone() {
            return new Call(kind, partitions, callback, Merging.FORBIDDEN);
        }

        boolean mayBeMerged() {
            return merging == Merging.ALLOWED;
        }

        Map<TopicPartition, Errors> own(Map<TopicPartition, Errors> errors) {
            Map<TopicPartition, Errors> own = new HashMap<>();
            errors.forEach((partition, error) -> {
                if (partitions.contains(partition)) {
                    own.put(partition, error);
                }
            });
            return own;
        }
    }

    private enum Merging {
        ALLOWED,
        FORBIDDEN
    }
}
