package io.narrows.router.produce;

import io.narrows.relay.loop.Loop;
import io.narrows.router.lane.Completion.Cause;
import io.narrows.router.lane.Lane;
import io.narrows.router.lane.LaneStopReason;
import io.narrows.router.topology.Broker;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.RelayEndpoint;
import io.narrows.router.topology.TopicView;
import io.narrows.router.topology.Topology;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the leader of a lane that stopped: from the view when that can be right, after a refresh otherwise, with growing
 * pauses while it keeps failing. Lanes that ask in the same tick share one refresh. Owned by the router's loop.
 */
final class LeaderFinder {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderFinder.class);

    private final Loop loop;
    private final Topology topology;
    private final Backoff backoff;
    private final Host host;
    private final Set<Integer> brokersWithoutRelay = new HashSet<>();
    private List<Search> toRefresh = new ArrayList<>();

    /** What is known when the leader is looked up. */
    private enum Knowledge {
        /** The view may be old. */
        ASSUMED,
        /** The view was refreshed for this search. */
        FRESH
    }

    private record Search(Lane lane, LaneStopReason stop, int attempt) {}

    /** What the finder asks of the loop that has the lanes. */
    interface Host {
        boolean isClosed();

        /** Batches come for a topic, whose name may have had another id before. */
        void topicBegins(UUID topicId);
    }

    LeaderFinder(Loop loop, Topology topology, Backoff backoff, Host host) {
        this.loop = loop;
        this.topology = topology;
        this.backoff = backoff;
        this.host = host;
    }

    /** The lane's {@code onLeader} or {@code onNoLeader} follows, never before this returns. */
    void search(Lane lane, LaneStopReason stop) {
        // The first stop is handled immediately; only a lane that stops repeatedly is slowed down.
        begin(new Search(lane, stop, Math.max(0, lane.stops() - 1)));
    }

    private void begin(Search search) {
        long pause = backoff.beforeAttempt(search.attempt());
        if (pause == 0) {
            loop.execute(() -> attempt(search));
        } else {
            Object unused = loop.schedule(pause, () -> attempt(search));
        }
    }

    private void attempt(Search search) {
        if (host.isClosed() || search.lane().park()) {
            return;
        }
        if (needsRefresh(search)) {
            refresh(search);
        } else {
            resolve(search, Knowledge.ASSUMED);
        }
    }

    private boolean needsRefresh(Search search) {
        if (search.attempt() > 0
                && search.stop() != LaneStopReason.BUSY
                && search.stop() != LaneStopReason.SAME_LEADER) {
            return true;
        }
        return switch (search.stop()) {
            case START, SAME_LEADER, CONNECTION_LOST, BUSY -> false;
            case UNREACHABLE, UNKNOWN_TOPIC -> true;
            case WRONG_LEADER -> !knowsAnotherLeader(search.lane());
        };
    }

    /** A hint in the answer, or the refresh of another lane, may have brought it already. */
    private boolean knowsAnotherLeader(Lane lane) {
        PartitionView partition = topology.view().partition(lane.topicId(), lane.partition());
        return partition != null && partition.leaderId() >= 0 && partition.leaderId() != lane.leaderId();
    }

    private void resolve(Search search, Knowledge knowledge) {
        Lane lane = search.lane();
        ClusterView view = topology.view();
        TopicView topic = lane.topic().isEmpty() ? null : view.topicsByName().get(lane.topic());
        if (topic != null && !topic.id().equals(lane.topicId())) {
            host.topicBegins(topic.id());
            if (lane.park()) {
                return;
            }
        }
        PartitionView partition = view.partition(lane.topicId(), lane.partition());
        Broker leader = partition == null ? null : view.brokers().get(partition.leaderId());
        if (leader != null && leader.relay() instanceof RelayEndpoint.At) {
            lane.onLeader(leader.id());
        } else if (knowledge == Knowledge.ASSUMED) {
            refresh(search);
        } else if (partition == null) {
            boolean topicKnown = view.topicsById().containsKey(lane.topicId());
            lane.onNoLeader(Cause.TOPIC_GONE, topicKnown ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.UNKNOWN_TOPIC_ID);
        } else if (leader == null || leader.relay() instanceof RelayEndpoint.Unknown) {
            again(search);
        } else {
            if (brokersWithoutRelay.add(leader.id())) {
                LOG.atError()
                        .addKeyValue("leader", leader.id())
                        .log("Broker has no relay endpoint, rejecting its batches with LEADER_NOT_AVAILABLE:"
                                + " start every broker behind this proxy with 'narrows broker'");
            }
            lane.onNoLeader(Cause.NO_RELAY, Errors.LEADER_NOT_AVAILABLE);
        }
    }

    private void again(Search search) {
        begin(new Search(search.lane(), search.stop(), search.attempt() + 1));
    }

    private void refresh(Search search) {
        toRefresh.add(search);
        if (toRefresh.size() == 1) {
            loop.execute(this::refreshAll);
        }
    }

    private void refreshAll() {
        List<Search> searches = toRefresh;
        toRefresh = new ArrayList<>();
        Set<String> names = new HashSet<>();
        Set<UUID> ids = new HashSet<>();
        for (Search search : searches) {
            // The name may belong to another topic by now. Without a name the id must do.
            boolean unused = search.lane().topic().isEmpty()
                    ? ids.add(search.lane().topicId())
                    : names.add(search.lane().topic());
        }
        CompletableFuture<ClusterView> byName = names.isEmpty()
                ? CompletableFuture.completedFuture(topology.view())
                : topology.refreshTopics(names, Topology.AutoCreate.FORBIDDEN);
        CompletableFuture<ClusterView> all =
                ids.isEmpty() ? byName : byName.thenCombine(topology.refreshTopicIds(ids), (one, other) -> other);
        var unused = all.whenComplete((view, failure) -> loop.execute(() -> refreshed(searches, failure == null)));
    }

    private void refreshed(List<Search> searches, boolean succeeded) {
        for (Search search : searches) {
            if (host.isClosed() || search.lane().park()) {
                continue;
            }
            if (succeeded) {
                resolve(search, Knowledge.FRESH);
            } else {
                again(search);
            }
        }
    }
}
