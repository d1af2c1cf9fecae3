package io.narrows.proxy.share;

import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.Topology;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.message.ShareFetchResponseData.ShareFetchableTopicResponse;
import org.apache.kafka.common.protocol.Errors;

/** Who leads the partitions of a share session: asked of the topology, which also hears what answers tell of it. */
record ShareLeaders(Topology topology) {
    ClusterView view() {
        return topology.view();
    }

    /** Ends when topics that are not in the view have been looked up, with success or without. */
    CompletableFuture<?> known(Set<ShareKey> partitions) {
        ClusterView view = topology.view();
        Set<UUID> unknown = new HashSet<>();
        for (ShareKey key : partitions) {
            PartitionView found = view.partition(key.id(), key.partition());
            if (found == null || found.leaderId() < 0) {
                unknown.add(key.id());
            } else {
                topology.used(key.id());
            }
        }
        return unknown.isEmpty() ? CompletableFuture.completedFuture(view) : topology.refreshTopicIds(unknown);
    }

    /** From an answer: leaders that it names, and that the view is outdated where it has errors. */
    void learn(ShareSession session, ShareFetchResponseData data) {
        boolean outdated = false;
        for (ShareFetchableTopicResponse topic : data.responses()) {
            UUID id = new ShareKey(topic.topicId(), 0).id();
            for (ShareFetchResponseData.PartitionData partition : topic.partitions()) {
                outdated |= partition.errorCode() != Errors.NONE.code();
                ShareFetchResponseData.LeaderIdAndEpoch leader = partition.currentLeader();
                if (partition.errorCode() == Errors.NOT_LEADER_OR_FOLLOWER.code() && leader.leaderId() >= 0) {
                    topology.leaderHint(id, partition.partitionIndex(), leader.leaderId(), leader.leaderEpoch());
                }
            }
        }
        if (outdated) {
            refresh(session);
        }
    }

    void refresh(ShareSession session) {
        Set<UUID> ids = new HashSet<>();
        session.partitions.forEach(key -> ids.add(key.id()));
        if (!ids.isEmpty()) {
            CompletableFuture<?> unused = topology.refreshTopicIds(ids);
        }
    }
}
