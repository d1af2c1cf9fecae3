package io.narrows.relay.metrics;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.metrics.MetricRule.Kind;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The metrics that proxies and brokers have alike: who the process is, and bytes by zone pair. Stateless. */
public final class ProcessMetrics {
    /** Always 1; its labels say who the process is. */
    public static final String INFO = "narrows.info";

    /** Bytes on the wire by kind and zones. */
    public static final String ZONE_BYTES = "narrows.zone.bytes";

    /** Labels of {@link #ZONE_BYTES}. */
    public static final List<String> ZONE_BYTES_LABELS = List.of("kind", "from_zone", "to_zone");

    private ProcessMetrics() {}

    /** Registers who the process is; {@code role} is proxy, broker or controller. */
    public static void info(MetricRegistry registry, String role, String zone, String node) {
        List<String> values = List.of(role, zone.isEmpty() ? LabeledValues.UNKNOWN : zone, node);
        LabeledValues info = LabeledValues.computed(List.of("role", "zone", "node"), () -> Map.of(values, 1L));
        replace(registry, INFO, info);
    }

    /** Registers bytes by zone pair that each scrape adds up, in the order of the labels. */
    public static void zoneBytes(MetricRegistry registry, String source, Supplier<Map<List<String>, Long>> sums) {
        LabeledValues bytes = LabeledValues.computed(ZONE_BYTES_LABELS, sums);
        replace(registry, ZONE_BYTES + "." + source, bytes);
    }

    /** A server that is started again on its registry shows what it has now. */
    private static void replace(MetricRegistry registry, String name, LabeledValues metric) {
        boolean unusedPresence = registry.remove(name);
        LabeledValues unused = registry.register(name, metric);
    }

    public static List<MetricRule> rules() {
        return List.of(
                MetricRule.of(INFO, Kind.GAUGE, "Always 1; the labels identify the process.", "role", "zone", "node"),
                MetricRule.of(
                        ZONE_BYTES,
                        Kind.COUNTER,
                        "Bytes between and within zones; exactly one process counts each byte. Kinds:"
                                + " relay and metadata (connections of proxies, on the wire), replication (fetched"
                                + " by followers, on the wire), consume and produce (batches that brokers exchanged"
                                + " with clients without a proxy).",
                        "kind",
                        "from_zone",
                        "to_zone"));
    }
}
