package io.narrows.proxy.gateway;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.metrics.MetricRule;
import io.narrows.relay.metrics.MetricRule.Kind;
import java.util.List;
import java.util.function.LongSupplier;

/** Metrics of one member of a gateway. Any thread. */
public final class GatewayMetrics {
    private static final String PREFIX = "narrows.gateway.";
    private static final String MEMBERS = PREFIX + "members";
    private static final String EPOCH = PREFIX + "assignment.epoch";
    private static final String UNSETTLED = PREFIX + "assignment.awaited";
    private static final String OWNED = PREFIX + "partitions.owned";
    private static final String REBALANCES = PREFIX + "rebalances.total";
    private static final String LOST = PREFIX + "alone.total";
    private static final String REFUSED = PREFIX + "batches.refused.total";
    private static final String DISTRUSTED = PREFIX + "distrusted.total";
    private static final String OVERDUE = PREFIX + "handover.overdue.total";

    final Counter rebalances;
    final Counter alone;
    final Counter refused;
    final Counter overdue;
    final Counter distrusted;
    private final MetricRegistry registry;

    GatewayMetrics(MetricRegistry registry) {
        this.registry = registry;
        rebalances = registry.counter(REBALANCES);
        alone = registry.counter(LOST);
        refused = registry.counter(REFUSED);
        overdue = registry.counter(OVERDUE);
        distrusted = registry.counter(DISTRUSTED);
    }

    /** Values that each scrape reads. */
    record Gauges(LongSupplier members, LongSupplier epoch, LongSupplier awaited, LongSupplier owned) {}

    void register(Gauges gauges) {
        gauge(MEMBERS, gauges.members());
        gauge(EPOCH, gauges.epoch());
        gauge(UNSETTLED, gauges.awaited());
        gauge(OWNED, gauges.owned());
    }

    private void gauge(String name, LongSupplier value) {
        Gauge<Long> gauge = value::getAsLong;
        Gauge<Long> unused = registry.register(name, gauge);
    }

    public static List<MetricRule> rules() {
        return List.of(
                MetricRule.of(
                        MEMBERS,
                        Kind.GAUGE,
                        "Proxies that share the zone's partitions; 1 while this proxy serves alone."),
                MetricRule.of(
                        EPOCH, Kind.GAUGE, "Epoch of the assignment that this proxy follows; 0 while it serves alone."),
                MetricRule.of(
                        UNSETTLED,
                        Kind.GAUGE,
                        "Proxies that have not finished a handover yet; 0: the assignment is settled."),
                MetricRule.of(OWNED, Kind.GAUGE, "Partitions of topics in use that this proxy owns."),
                MetricRule.of(REBALANCES, Kind.COUNTER, "Rebalances of the group with this proxy."),
                MetricRule.of(LOST, Kind.COUNTER, "Times that this proxy lost its group and served alone."),
                MetricRule.of(
                        REFUSED,
                        Kind.COUNTER,
                        "Batches rejected with NOT_LEADER_OR_FOLLOWER because another proxy owns their"
                                + " partition, or during its handover."),
                MetricRule.of(
                        DISTRUSTED,
                        Kind.COUNTER,
                        "Member metadata and assignments that this proxy rejected: not signed with one of"
                                + " gateway.secrets, or endpoints that gateway.member.endpoints does not match."),
                MetricRule.of(
                        OVERDUE,
                        Kind.COUNTER,
                        "Handovers that exceeded their deadline with batches of this proxy in flight."));
    }
}
