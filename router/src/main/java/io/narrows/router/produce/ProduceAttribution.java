package io.narrows.router.produce;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.metrics.LabeledCounters;
import io.narrows.relay.metrics.LabeledCounters.Label;
import io.narrows.router.lane.LaneAccount;

/** Counts what producers sent by topic and by client id, each with a bound on how many are told apart. Thread-safe. */
public final class ProduceAttribution {
    public static final String TOPIC_BYTES = "narrows.topic.produce.bytes";
    public static final String TOPIC_HOP_BYTES = "narrows.topic.produce.hop.bytes";
    public static final String CLIENT_BYTES = "narrows.client.produce.bytes";

    private static final Label TOPIC = new Label("topic", LabeledCounters.MANY);
    private static final Label CLIENT_ID = new Label("client_id", LabeledCounters.MANY);
    private static final Label PATH = new Label("path", LabeledCounters.FEW);

    private final LabeledCounters topics = new LabeledCounters(TOPIC, PATH);
    private final LabeledCounters hops = new LabeledCounters(TOPIC);
    private final LabeledCounters clients = new LabeledCounters(CLIENT_ID, PATH);

    public ProduceAttribution(MetricRegistry registry) {
        LabeledCounters unusedTopics = registry.register(TOPIC_BYTES, topics);
        LabeledCounters unusedHops = registry.register(TOPIC_HOP_BYTES, hops);
        LabeledCounters unusedClients = registry.register(CLIENT_BYTES, clients);
    }

    /** The counters for a new lane. Slow next to counting: to be asked once. */
    public LaneAccount account(String topic, String clientId) {
        return new LaneAccount(byPath(topics, topic), byPath(clients, clientId), hops.cell(topic));
    }

    private static LaneAccount.ByPath byPath(LabeledCounters counters, String name) {
        return new LaneAccount.ByPath(
                counters.cell(name, "local"), counters.cell(name, "staged"), counters.cell(name, "direct"));
    }
}
