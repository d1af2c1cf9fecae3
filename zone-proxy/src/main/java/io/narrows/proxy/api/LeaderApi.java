package io.narrows.proxy.api;

import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.TopicView;
import io.narrows.router.topology.Topology;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.jspecify.annotations.Nullable;

/** A request about partitions by topic name: each leader gets its partitions, the answers become one. */
final class LeaderApi<P, R> implements Api {
    private final ApiKeys key;
    private final Topology topology;
    private final Sender sender;
    private final Parts<P, R> parts;

    /** How a leader's share of a call gets there. */
    interface Sender {
        CompletableFuture<ApiMessage> send(int leader, ApiCall call, ApiMessage share);
    }

    /**
     * How the API's messages are taken apart and put together.
     *
     * @param <P> a partition of a request
     * @param <R> a partition of a response
     */
    interface Parts<P, R> {
        default ExecutionOrder order() {
            return ExecutionOrder.ANY;
        }

        /** The error of a request that a broker refuses as a whole. */
        default Errors check(ApiMessage request) {
            return Errors.NONE;
        }

        /** Partitions that are in the request more than once, if brokers refuse these; otherwise the last one counts. */
        default Set<NamedPartition> duplicates(AbstractRequest request) {
            return Set.of();
        }

        /** In the order of the request. */
        Map<NamedPartition, P> split(ApiMessage request);

        ApiMessage request(ApiMessage whole, Map<NamedPartition, P> share);

        Map<NamedPartition, R> results(ApiMessage response);

        int throttleTimeMs(ApiMessage response);

        R error(NamedPartition partition, P asked, Errors error);

        ApiMessage response(Map<NamedPartition, R> results, int throttleTimeMs);
    }

    /** For {@link Parts}: partitions as topics of a message, made of a topic's name and what is of it. */
    static <X, T> List<T> byTopic(Map<NamedPartition, X> partitions, BiFunction<String, List<X>, T> topic) {
        Map<String, List<X>> byTopic = new LinkedHashMap<>();
        partitions.forEach((partition, part) -> byTopic.computeIfAbsent(partition.topic(), name -> new ArrayList<>())
                .add(part));
        return byTopic.entrySet().stream()
                .map(one -> topic.apply(one.getKey(), one.getValue()))
                .toList();
    }

    /** The reverse: topics of a message as partitions. Of a partition that is named several times, the last one counts. */
    static <T, X> Map<NamedPartition, X> byPartition(
            Iterable<T> topics,
            Function<T, String> name,
            Function<T, ? extends Iterable<X>> partitions,
            ToIntFunction<X> index) {
        Map<NamedPartition, X> byPartition = new LinkedHashMap<>();
        for (T topic : topics) {
            for (X partition : partitions.apply(topic)) {
                byPartition.put(new NamedPartition(name.apply(topic), index.applyAsInt(partition)), partition);
            }
        }
        return byPartition;
    }

    LeaderApi(ApiKeys key, Topology topology, Sender sender, Parts<P, R> parts) {
        this.key = key;
        this.topology = topology;
        this.sender = sender;
        this.parts = parts;
    }

    @Override
    public ApiKeys key() {
        return key;
    }

    @Override
    public ExecutionOrder order() {
        return parts.order();
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        Errors invalid = parts.check(call.message());
        if (invalid != Errors.NONE) {
            return CompletableFuture.completedFuture(ErrorResponses.error(call, invalid));
        }
        Map<NamedPartition, P> asked = parts.split(call.message());
        return known(asked.keySet()).thenCompose(known -> send(call, asked, known));
    }

    /** What is known of leaders; {@code unknown}: the error of partitions that are not in the view. */
    private record Known(ClusterView view, Errors unknown) {}

    /** After a refresh if the view lacks a partition or its leader. A refresh without an answer says nothing of what it lacks. */
    private CompletableFuture<Known> known(Set<NamedPartition> partitions) {
        ClusterView view = topology.view();
        Set<String> missing = new HashSet<>();
        for (NamedPartition partition : partitions) {
            PartitionView found = find(view, partition);
            if (found == null || found.leaderId() < 0) {
                missing.add(partition.topic());
            }
        }
        return missing.isEmpty()
                ? CompletableFuture.completedFuture(new Known(view, Errors.UNKNOWN_TOPIC_OR_PARTITION))
                : topology.refreshTopics(missing, Topology.AutoCreate.FORBIDDEN)
                        .thenApply(fresh -> new Known(fresh, Errors.UNKNOWN_TOPIC_OR_PARTITION))
                        .exceptionally(failure -> new Known(topology.view(), Errors.NOT_LEADER_OR_FOLLOWER));
    }

    private static @Nullable PartitionView find(ClusterView view, NamedPartition partition) {
        TopicView topic = view.topicsByName().get(partition.topic());
        return topic == null ? null : view.partition(topic.id(), partition.partition());
    }

    private CompletableFuture<Answer> send(ApiCall call, Map<NamedPartition, P> asked, Known known) {
        Set<NamedPartition> refused = parts.duplicates(call.request());
        Map<NamedPartition, R> results = new LinkedHashMap<>();
        Map<Integer, Map<NamedPartition, P>> byLeader = new LinkedHashMap<>();
        asked.forEach((partition, part) -> {
            PartitionView found = find(known.view(), partition);
            if (refused.contains(partition)) {
                results.put(partition, parts.error(partition, part, Errors.INVALID_REQUEST));
            } else if (found == null) {
                results.put(partition, parts.error(partition, part, known.unknown()));
            } else if (found.leaderId() < 0) {
                results.put(partition, parts.error(partition, part, Errors.LEADER_NOT_AVAILABLE));
            } else {
                byLeader.computeIfAbsent(found.leaderId(), id -> new LinkedHashMap<>())
                        .put(partition, part);
            }
        });
        List<CompletableFuture<Share<R>>> shares = new ArrayList<>();
        byLeader.forEach((leader, share) -> shares.add(ask(call, leader, share)));
        return CompletableFuture.allOf(shares.toArray(CompletableFuture[]::new)).thenApply(unused -> {
            int throttleTimeMs = 0;
            for (CompletableFuture<Share<R>> share : shares) {
                Share<R> there = share.getNow(new Share<>(Map.of(), 0));
                results.putAll(there.results());
                throttleTimeMs = Math.max(throttleTimeMs, there.throttleTimeMs());
            }
            Map<NamedPartition, R> ordered = new LinkedHashMap<>();
            asked.forEach((partition, part) -> {
                R result = results.get(partition);
                ordered.put(
                        partition, result == null ? parts.error(partition, part, Errors.UNKNOWN_SERVER_ERROR) : result);
            });
            return new Answer.Reply(parts.response(ordered, throttleTimeMs), throttleTimeMs);
        });
    }

    /** What one leader answered. */
    private record Share<R>(Map<NamedPartition, R> results, int throttleTimeMs) {}

    private CompletableFuture<Share<R>> ask(ApiCall call, int leader, Map<NamedPartition, P> share) {
        ApiMessage request = parts.request(call.message(), share);
        return sender.send(leader, call, request)
                .handle((response, failure) -> response == null
                        ? failed(share, errorOf(failure))
                        : new Share<>(parts.results(response), parts.throttleTimeMs(response)));
    }

    private Share<R> failed(Map<NamedPartition, P> share, Errors error) {
        Map<NamedPartition, R> results = new LinkedHashMap<>();
        share.forEach((partition, part) -> results.put(partition, parts.error(partition, part, error)));
        return new Share<>(results, 0);
    }

    /** A leader that cannot be reached is one that clients look for again. */
    private static Errors errorOf(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof RetriableException || !(cause instanceof ApiException)
                ? Errors.NOT_LEADER_OR_FOLLOWER
                : Errors.forException(cause);
    }
}
