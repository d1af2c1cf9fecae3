package io.narrows.router.topology;

import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** A topology that has nothing to look up: a refresh gives what the view has at that time, immediately. */
public interface KnownCluster extends Topology {
    @Override
    default CompletableFuture<ClusterView> refreshTopics(Set<String> names, AutoCreate autoCreate) {
        return CompletableFuture.completedFuture(view());
    }

    @Override
    default CompletableFuture<ClusterView> refreshTopicIds(Set<UUID> ids) {
        return CompletableFuture.completedFuture(view());
    }

    @Override
    default void leaderHint(UUID topicId, int partition, int leaderId, int leaderEpoch) {}
}
