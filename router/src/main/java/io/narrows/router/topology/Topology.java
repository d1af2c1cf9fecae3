package io.narrows.router.topology;

import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Keeps a {@link ClusterView} up to date. Reads of the view are wait-free from any thread; futures complete on the
 * router's loop.
 */
public interface Topology {
    ClusterView view();

    /**
     * Asks a broker for the named topics (created there if the cluster allows it and {@code autoCreate} says so) and
     * completes with a view that holds what exists of them. Concurrent calls share requests; a topic in the view that
     * the broker no longer knows leaves the view. Fails with a
     * {@link org.apache.kafka.common.errors.RetriableException} when no broker answered.
     */
    CompletableFuture<ClusterView> refreshTopics(Set<String> names, AutoCreate autoCreate);

    /** The same by topic id. */
    CompletableFuture<ClusterView> refreshTopicIds(Set<UUID> ids);

    /** A leader said who leads now (KIP-951); applied if the epoch is newer than what is known. */
    void leaderHint(UUID topicId, int partition, int leaderId, int leaderEpoch);

    /**
     * The topic is in use: topics that were not used or asked for during some minutes leave the view. Cheap; may be called
     * from any thread.
     */
    default void used(UUID topicId) {}

    /** Whether a missing topic may be created by asking for it. */
    enum AutoCreate {
        ALLOWED,
        FORBIDDEN
    }
}
