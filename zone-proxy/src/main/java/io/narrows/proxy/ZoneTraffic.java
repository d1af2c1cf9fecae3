package io.narrows.proxy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.metrics.LabeledValues;
import io.narrows.relay.metrics.MetricRule;
import io.narrows.relay.metrics.MetricRule.Kind;
import io.narrows.relay.metrics.ProcessMetrics;
import io.narrows.relay.rpc.RelayMetrics;
import io.narrows.router.upstream.UpstreamMetrics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The proxy's bytes by zone pair: what its connections count, added up by each scrape. Stateless. */
final class ZoneTraffic {
    private static final String RELAY = "relay";
    private static final String METADATA = "metadata";
    private static final String CONSUME = "consume";
    private static final List<Source> SOURCES = List.of(
            new Source(RELAY, true, relay(RelayMetrics.SENT_BYTES)),
            new Source(RELAY, false, relay(RelayMetrics.RECEIVED_BYTES)),
            new Source(METADATA, true, upstream(UpstreamMetrics.SENT_BYTES)),
            new Source(METADATA, false, upstream(UpstreamMetrics.RECEIVED_BYTES)),
            new Source(CONSUME, true, fetch(UpstreamMetrics.SENT_BYTES)),
            new Source(CONSUME, false, fetch(UpstreamMetrics.RECEIVED_BYTES)));

    private record Source(String kind, boolean sent, MetricRule rule) {}

    private ZoneTraffic() {}

    static void register(MetricRegistry registry, String zone) {
        String own = zone.isEmpty() ? LabeledValues.UNKNOWN : zone;
        ProcessMetrics.zoneBytes(registry, "proxy", () -> sums(registry, own));
    }

    private static Map<List<String>, Long> sums(MetricRegistry registry, String own) {
        Map<List<String>, Long> sums = new HashMap<>();
        registry.getCounters().forEach((name, counter) -> {
            for (Source source : SOURCES) {
                if (source.rule().covers(name)) {
                    String named = source.rule().values(name).get(0);
                    String peer = named.isEmpty() ? LabeledValues.UNKNOWN : named;
                    List<String> key =
                            source.sent() ? List.of(source.kind(), own, peer) : List.of(source.kind(), peer, own);
                    sums.merge(key, counter.getCount(), Long::sum);
                }
            }
        });
        return sums;
    }

    private static MetricRule relay(String name) {
        return MetricRule.of(RelayMetrics.CLIENT + "." + name, Kind.COUNTER, "", "zone");
    }

    private static MetricRule upstream(String name) {
        return MetricRule.of(UpstreamMetrics.SHARED + "." + name, Kind.COUNTER, "", "zone", "broker");
    }

    private static MetricRule fetch(String name) {
        return MetricRule.of(UpstreamMetrics.FETCH + "." + name, Kind.COUNTER, "", "zone", "broker");
    }
}
