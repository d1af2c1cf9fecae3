package io.narrows.proxy.share;

import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.PartitionView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.ShareFetchRequestData.AcknowledgementBatch;
import org.apache.kafka.common.protocol.Errors;

/** Who is asked and told what in a round. Stateless. */
final class SharePlan {
    private static final byte RECORD_LIMIT = 1;

    /** From all brokers. */
    private static final int NOBODY = -1;

    private SharePlan() {}

    /** A broker's part of a round; {@code muted}: it is another one's turn to send records. */
    record Share(Set<ShareKey> wants, Map<ShareKey, List<AcknowledgementBatch>> said, boolean muted) {}

    /** Partitions and acknowledgements that have no broker have failed in the round. */
    static Map<BrokerShare, Share> of(ShareSession session, ShareRound round, ClusterView view) {
        Map<Integer, Set<ShareKey>> wanted = wanted(session, round, view);
        Map<BrokerShare, Map<ShareKey, List<AcknowledgementBatch>>> said = said(session, round, view);
        Set<Integer> brokers = new LinkedHashSet<>(wanted.keySet());
        session.brokers.values().stream().filter(BrokerShare::isOpen).forEach(broker -> brokers.add(broker.brokerId));
        int chosen = chosen(session, wanted, round);
        Map<BrokerShare, Share> plan = new LinkedHashMap<>();
        for (int id : brokers) {
            BrokerShare broker = session.broker(id);
            plan.put(
                    broker,
                    new Share(
                            wanted.getOrDefault(id, Set.of()),
                            said.getOrDefault(broker, Map.of()),
                            chosen != NOBODY && chosen != id));
        }
        return plan;
    }

    private static Map<Integer, Set<ShareKey>> wanted(ShareSession session, ShareRound round, ClusterView view) {
        Map<Integer, Set<ShareKey>> wanted = new LinkedHashMap<>();
        for (ShareKey key : session.partitions) {
            PartitionView found = view.partition(key.id(), key.partition());
            if (!view.topicsById().containsKey(key.id())) {
                round.fail(key, session.unknownTopic);
            } else if (found == null) {
                round.fail(key, Errors.UNKNOWN_TOPIC_OR_PARTITION);
            } else if (view.brokers().containsKey(found.leaderId())) {
                wanted.computeIfAbsent(found.leaderId(), id -> new LinkedHashSet<>())
                        .add(key);
            }
        }
        return wanted;
    }

    /** Which part of the client's request goes to which broker. */
    static Map<BrokerShare, Map<ShareKey, List<AcknowledgementBatch>>> said(
            ShareSession session, ShareRound round, ClusterView view) {
        Map<BrokerShare, Map<ShareKey, List<AcknowledgementBatch>>> said = new HashMap<>();
        round.acknowledgements().forEach((key, batches) -> {
            BrokerShare source = session.source(key);
            if (source == null) {
                round.failAcknowledgement(key, withoutSource(session, key, view));
            } else {
                said.computeIfAbsent(source, broker -> new HashMap<>()).put(key, batches);
            }
        });
        return said;
    }

    /** As a broker says of records of a partition that it does not know, or does not lead. */
    private static Errors withoutSource(ShareSession session, ShareKey key, ClusterView view) {
        if (!view.topicsById().containsKey(key.id())) {
            return session.unknownTopic;
        }
        return view.partition(key.id(), key.partition()) == null
                ? Errors.UNKNOWN_TOPIC_OR_PARTITION
                : Errors.NOT_LEADER_OR_FOLLOWER;
    }

    /** A client that limits records strictly gets them from one broker at a time, in turn. */
    private static int chosen(ShareSession session, Map<Integer, Set<ShareKey>> wanted, ShareRound round) {
        if (round.call.request().shareAcquireMode() != RECORD_LIMIT || wanted.size() < 2) {
            return NOBODY;
        }
        List<Integer> brokers = new ArrayList<>(wanted.keySet());
        return brokers.get(Math.floorMod(session.turn++, brokers.size()));
    }
}
