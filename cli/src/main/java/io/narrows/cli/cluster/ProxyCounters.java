package io.narrows.cli.cluster;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.rpc.RelayMetrics;
import io.narrows.router.lane.SentForm;
import io.narrows.router.produce.LatencyCounts;
import io.narrows.router.produce.LatencyHistogram;
import io.narrows.router.produce.RouterMetrics;
import io.narrows.router.upstream.UpstreamMetrics;
import java.util.List;
import java.util.Map;

/** Reads from a proxy's registry what crossed zones and how long answers took. Stateless. */
final class ProxyCounters {
    private static final List<String> RELAY = List.of(
            "relay.client." + RelayMetrics.SENT_BYTES + ".", "relay.client." + RelayMetrics.RECEIVED_BYTES + ".");
    private static final List<String> UPSTREAM =
            List.of("upstream." + UpstreamMetrics.SENT_BYTES + ".", "upstream." + UpstreamMetrics.RECEIVED_BYTES + ".");

    private static final List<String> FETCH = List.of(
            UpstreamMetrics.FETCH + "." + UpstreamMetrics.SENT_BYTES + ".",
            UpstreamMetrics.FETCH + "." + UpstreamMetrics.RECEIVED_BYTES + ".");

    private ProxyCounters() {}

    /** Bytes in both directions between the proxy's relay connections and leaders in other zones. */
    static long relayBytes(MetricRegistry metrics, String zone) {
        return remoteBytes(metrics, RELAY, zone);
    }

    /** The same for Kafka-protocol connections; a peer whose zone is not known yet counts as remote. */
    static long upstreamBytes(MetricRegistry metrics, String zone) {
        return remoteBytes(metrics, UPSTREAM, zone);
    }

    /** Microseconds from a batch's arrival to its answer. */
    static LatencyCounts ackLatency(MetricRegistry metrics, SentForm form) {
        return metrics.getHistograms().get(RouterMetrics.ackLatency(form)) instanceof LatencyHistogram histogram
                ? histogram.counts()
                : LatencyCounts.EMPTY;
    }

    /** The same for the connections on which consumers' records come. */
    static long fetchBytes(MetricRegistry metrics, String zone) {
        return remoteBytes(metrics, FETCH, zone);
    }

    /** Names are the prefix, the peer's zone and perhaps a dot and its id. */
    private static long remoteBytes(MetricRegistry metrics, List<String> prefixes, String zone) {
        long sum = 0;
        for (Map.Entry<String, Counter> counter : metrics.getCounters().entrySet()) {
            for (String prefix : prefixes) {
                if (counter.getKey().startsWith(prefix)) {
                    String peer = counter.getKey().substring(prefix.length());
                    boolean local = peer.equals(zone) || peer.startsWith(zone + ".");
                    sum += local ? 0 : counter.getValue().getCount();
                }
            }
        }
        return sum;
    }
}
