package io.narrows.proxy.api;

import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.router.produce.BatchOutcome;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.TopicView;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Builds Produce responses from outcomes: the leaders' offsets and errors, the longest of their throttle times, and
 * KIP-951 hints that name this proxy with the new leader epoch.
 */
final class ProduceResponses {
    private static final short FIRST_VERSION_WITH_LEADER_HINTS = 10;

    private final VirtualCluster cluster;

    ProduceResponses(VirtualCluster cluster) {
        this.cluster = cluster;
    }

    /** Whether the client has but one address to send to. */
    boolean showsOneNode(Client client) {
        return cluster.seenBy(client.software()).isOneNode();
    }

    /** One outcome per entry, in order; {@code view} knows the names of topics that clients name by id. */
    Answer.Reply reply(
            List<ProduceEntry> entries, List<BatchOutcome> outcomes, short version, ClusterView view, Client client) {
        VirtualCluster seen = cluster.seenBy(client.software());
        ProduceResponseData response = new ProduceResponseData();
        SortedSet<Integer> hinted = new TreeSet<>();
        int throttleTimeMs = 0;
        TopicProduceResponse topic = null;
        int topicIndex = -1;
        for (int i = 0; i < entries.size(); i++) {
            ProduceEntry entry = entries.get(i);
            BatchOutcome outcome = outcomes.get(i);
            throttleTimeMs = Math.max(throttleTimeMs, outcome.throttleTimeMs());
            if (topic == null || topicIndex != entry.topicIndex()) {
                topic = new TopicProduceResponse()
                        .setName(entry.topic().name())
                        .setTopicId(entry.topic().topicId());
                response.responses().add(topic);
            }
            PartitionProduceResponse partition = partition(entry.partition().index(), outcome);
            PartitionView leader = version >= FIRST_VERSION_WITH_LEADER_HINTS ? hint(entry, outcome, view) : null;
            if (leader != null) {
                int node = seen.node(name(entry, view), partition.index(), leader.leaderId());
                partition.setCurrentLeader(new LeaderIdAndEpoch()
                        .setLeaderId(node)
                        .setLeaderEpoch(Math.max(leader.leaderEpoch(), outcome.leaderEpoch())));
                hinted.add(node);
            }
            topic.partitionResponses().add(partition);
            topicIndex = entry.topicIndex();
        }
        hinted.forEach(node -> response.nodeEndpoints().add(seen.nodeEndpoint(node, client.advertised())));
        return new Answer.Reply(response.setThrottleTimeMs(throttleTimeMs), throttleTimeMs);
    }

    private static String name(ProduceEntry entry, ClusterView view) {
        TopicView found = entry.find(view);
        return found == null ? entry.topic().name() : found.name();
    }

    /** Null when the client is to ask for metadata. */
    private static @Nullable PartitionView hint(ProduceEntry entry, BatchOutcome outcome, ClusterView view) {
        if (outcome.errorCode() != Errors.NOT_LEADER_OR_FOLLOWER.code() || outcome.leaderEpoch() < 0) {
            return null;
        }
        TopicView topic = entry.find(view);
        PartitionView leader =
                topic == null ? null : topic.partitions().get(entry.partition().index());
        return leader == null || leader.leaderId() < 0 ? null : leader;
    }

    private static PartitionProduceResponse partition(int index, BatchOutcome outcome) {
        PartitionProduceResponse response = new PartitionProduceResponse()
                .setIndex(index)
                .setErrorCode(outcome.errorCode())
                .setBaseOffset(outcome.baseOffset())
                .setLogAppendTimeMs(outcome.logAppendTimeMs())
                .setLogStartOffset(outcome.logStartOffset())
                .setErrorMessage(messageOrNull(outcome));
        outcome.recordErrors()
                .forEach(error -> response.recordErrors()
                        .add(new BatchIndexAndErrorMessage()
                                .setBatchIndex(error.batchIndex())
                                .setBatchIndexErrorMessage(error.message())));
        return response;
    }

    private static @Nullable String messageOrNull(BatchOutcome outcome) {
        return outcome.errorCode() == Errors.NONE.code() ? null : outcome.errorMessage();
    }
}
