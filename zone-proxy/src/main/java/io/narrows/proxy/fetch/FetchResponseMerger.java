package io.narrows.proxy.fetch;

import io.narrows.proxy.fetch.BrokerFetchState.Asked;
import io.narrows.proxy.fetch.BrokerFetchState.Held;
import io.narrows.proxy.fetch.BrokerFetchState.Position;
import io.narrows.proxy.fetch.ReplicaSelector.Role;
import io.narrows.relay.loop.Loop;
import io.narrows.router.topology.TopicView;
import io.narrows.router.topology.Topology;
import io.narrows.router.upstream.RecordsAnswer;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of each partition in a broker's answer: it goes to the client, or it is asked again elsewhere.
 * Owned by the fetcher's loop; borrows answers.
 */
final class FetchResponseMerger {
    private static final long SOON_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long AVOID_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long PREFER_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** What a follower says that only lags. The leader has the last word on what a client may read. */
    private static final Set<Errors> LAG = EnumSet.of(Errors.OFFSET_OUT_OF_RANGE, Errors.OFFSET_NOT_AVAILABLE);

    /** What a leader says no better than a follower. */
    private static final Set<Errors> REFUSED =
            EnumSet.of(Errors.TOPIC_AUTHORIZATION_FAILED, Errors.CLUSTER_AUTHORIZATION_FAILED);

    /** What a broker says when the topology here, or the client's metadata, is old. */
    private static final Set<Errors> OUTDATED = EnumSet.of(
            Errors.NOT_LEADER_OR_FOLLOWER,
            Errors.UNKNOWN_TOPIC_OR_PARTITION,
            Errors.UNKNOWN_TOPIC_ID,
            Errors.INCONSISTENT_TOPIC_ID,
            Errors.REPLICA_NOT_AVAILABLE,
            Errors.KAFKA_STORAGE_ERROR,
            Errors.FENCED_LEADER_EPOCH,
            Errors.UNKNOWN_LEADER_EPOCH);

    private final ReplicaSelector routes;
    private final Topology topology;
    private final Loop loop;
    private final Consumer<Set<FetchKey>> refresh;

    FetchResponseMerger(ReplicaSelector routes, Topology topology, Loop loop, Consumer<Set<FetchKey>> refresh) {
        this.routes = routes;
        this.topology = topology;
        this.loop = loop;
        this.refresh = refresh;
    }

    /** Takes from an answer to an earlier round what this one asks for, except for errors: they may be over. */
    void deliverHeld(PendingFetch round, Held held) {
        if (!fits(round, held.asked())) {
            return;
        }
        round.countAnswer(held.answer().data().throttleTimeMs());
        for (FetchableTopicResponse topic : held.answer().data().responses()) {
            for (PartitionData data : topic.partitions()) {
                FetchKey key = FetchKey.of(topic, data.partitionIndex());
                if (data.errorCode() == Errors.NONE.code()
                        && !isRedirect(data)
                        && asks(round, key, held.asked()) != null) {
                    round.accept(key, data, held.answer());
                }
            }
        }
    }

    void deliver(PendingFetch round, Asked asked, RecordsAnswer<FetchResponseData> answer) {
        if (!fits(round, asked)) {
            return;
        }
        round.countAnswer(answer.data().throttleTimeMs());
        Set<FetchKey> answered = new HashSet<>();
        for (FetchableTopicResponse topic : answer.data().responses()) {
            for (PartitionData data : topic.partitions()) {
                FetchKey key = FetchKey.of(topic, data.partitionIndex());
                answered.add(key);
                Position position = asks(round, key, asked);
                if (position != null) {
                    deliver(round, key, position.role(), data, answer);
                }
            }
        }
        Errors whole = Errors.forCode(answer.data().errorCode());
        for (FetchKey key : asked.positions().keySet()) {
            if (!answered.contains(key) && asks(round, key, asked) != null) {
                if (whole == Errors.NONE) {
                    round.acceptNothing(key);
                } else {
                    round.fail(key, whole);
                }
            }
        }
    }

    private void deliver(
            PendingFetch round, FetchKey key, Role role, PartitionData data, RecordsAnswer<FetchResponseData> answer) {
        Errors error = Errors.forCode(data.errorCode());
        if (isRedirect(data)) {
            long now = loop.nanoTime();
            if (!routes.maybePrefer(key, data.preferredReadReplica(), now, now + PREFER_NANOS)) {
                round.silent.add(key);
            }
            return;
        }
        if (OUTDATED.contains(error)) {
            learn(key, data);
            refresh.accept(Set.of(key));
        }
        if (error != Errors.NONE && role == Role.FOLLOWER && !REFUSED.contains(error)) {
            long mostNanos = LAG.contains(error) ? SOON_NANOS : AVOID_NANOS;
            routes.avoidFollower(key, loop.nanoTime(), SOON_NANOS, mostNanos);
            return;
        }
        round.accept(key, data, answer);
    }

    private static boolean isRedirect(PartitionData data) {
        boolean empty = data.records() == null || data.records().sizeInBytes() == 0;
        return data.errorCode() == Errors.NONE.code() && data.preferredReadReplica() >= 0 && empty;
    }

    private void learn(FetchKey key, PartitionData data) {
        TopicView topic = key.find(topology.view());
        if (topic != null && data.currentLeader().leaderId() >= 0) {
            topology.leaderHint(
                    topic.id(),
                    key.partition(),
                    data.currentLeader().leaderId(),
                    data.currentLeader().leaderEpoch());
        }
    }

    /** Followers that should have answered long ago are left out; what they answer yet may still be of use. */
    void giveUpOn(Asked asked) {
        asked.positions().forEach((key, position) -> {
            if (position.role() == Role.FOLLOWER) {
                routes.avoidFollower(key, loop.nanoTime(), AVOID_NANOS, AVOID_NANOS);
            }
        });
    }

    /** The broker did not answer. Followers are replaced by leaders; a leader may be another one soon. */
    void fail(@Nullable PendingFetch round, Asked asked, @Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        asked.positions().forEach((key, position) -> {
            if (position.role() == Role.FOLLOWER) {
                routes.avoidFollower(key, loop.nanoTime(), AVOID_NANOS, AVOID_NANOS);
            } else if (round != null && round.isOpen(key)) {
                if (cause instanceof RetriableException || !asksTheSame(round, key, position)) {
                    round.silent.add(key);
                } else {
                    round.fail(key, Errors.forException(cause));
                }
            }
        });
        refresh.accept(asked.positions().keySet());
    }

    private static boolean fits(PendingFetch round, Asked asked) {
        return round.call.version() == asked.version() && round.request().isolationLevel() == asked.isolationLevel();
    }

    /** How the partition was asked for, if the round still wants to know. */
    private static @Nullable Position asks(PendingFetch round, FetchKey key, Asked asked) {
        Position position = asked.positions().get(key);
        return position != null && round.isOpen(key) && asksTheSame(round, key, position) ? position : null;
    }

    private static boolean asksTheSame(PendingFetch round, FetchKey key, Position position) {
        return position.partition().equals(round.asked.get(key));
    }
}
