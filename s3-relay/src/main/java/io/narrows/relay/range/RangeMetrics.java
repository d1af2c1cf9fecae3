package io.narrows.relay.range;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import io.narrows.relay.metrics.MetricRule;
import io.narrows.relay.metrics.MetricRule.Kind;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What a range reader counts, under {@code range.<reader>.}; one per reader. For any thread. */
public final class RangeMetrics {
    /** Ranges found in the cache. */
    public static final String HITS = "hits";
    /** Ranges that were read and not in the cache. */
    public static final String MISSES = "misses";
    /** Misses that shared a GET which was asked for already. */
    public static final String JOINED = "joined";
    /** GETs that were started. */
    public static final String GETS = "gets";
    /** Bytes of these GETs, with the gaps between their ranges. */
    public static final String GET_BYTES = "get.bytes";
    /** Time from a GET's start to its end, also when it failed. */
    public static final String GET_LATENCY = "get.latency";
    /** GETs that failed. */
    public static final String GET_FAILURES = "get.failures";
    /** Ranges that came with a GET for another range. */
    public static final String COALESCED = "coalesced";
    /** Ranges whose CRC32C was not the pointer's. */
    public static final String CORRUPT = "corrupt";
    /** Ranges refused or dropped because too many GETs were waiting. */
    public static final String REJECTED = "rejected";
    /** Reads that passed their deadline. */
    public static final String EXPIRED = "expired";
    /** Prefetched ranges that were read. */
    public static final String PREFETCH_USEFUL = "prefetch.useful";
    /** Prefetched ranges that left the cache unread. */
    public static final String PREFETCH_WASTED = "prefetch.wasted";
    /** Bytes in the cache. */
    public static final String CACHE_BYTES = "cache.bytes";
    /** Bytes in the cache, and bytes that left it and are still held by a caller. */
    public static final String LIVE_BYTES = "live.bytes";
    /** GETs in flight. */
    public static final String GETS_IN_FLIGHT = "gets.in.flight";

    final Meter hits;
    final Meter misses;
    final Meter joined;
    final Meter coalesced;
    final Meter corrupt;
    final Meter rejected;
    final Meter expired;
    final Meter prefetchUseful;
    final Meter prefetchWasted;
    final Counter cacheBytes;
    final Counter liveBytes;
    private final Meter gets;
    private final Meter getBytes;
    private final Timer getLatency;
    private final Meter getFailures;
    private final Counter getsInFlight;

    public RangeMetrics(MetricRegistry registry, String reader) {
        hits = registry.meter(name(reader, HITS));
        misses = registry.meter(name(reader, MISSES));
        joined = registry.meter(name(reader, JOINED));
        gets = registry.meter(name(reader, GETS));
        getBytes = registry.meter(name(reader, GET_BYTES));
        getLatency = registry.timer(name(reader, GET_LATENCY));
        getFailures = registry.meter(name(reader, GET_FAILURES));
        coalesced = registry.meter(name(reader, COALESCED));
        corrupt = registry.meter(name(reader, CORRUPT));
        rejected = registry.meter(name(reader, REJECTED));
        expired = registry.meter(name(reader, EXPIRED));
        prefetchUseful = registry.meter(name(reader, PREFETCH_USEFUL));
        prefetchWasted = registry.meter(name(reader, PREFETCH_WASTED));
        cacheBytes = registry.counter(name(reader, CACHE_BYTES));
        liveBytes = registry.counter(name(reader, LIVE_BYTES));
        getsInFlight = registry.counter(name(reader, GETS_IN_FLIGHT));
    }

    /** The full name of one of the metrics above. */
    public static String name(String reader, String metric) {
        return "range." + reader + "." + metric;
    }

    /** How the metrics of one reader appear to Prometheus: its name becomes a label. */
    public static List<MetricRule> rules(String reader) {
        List<MetricRule> rules = List.of(
                MetricRule.of(HITS, Kind.COUNTER, "Ranges found in the cache."),
                MetricRule.of(MISSES, Kind.COUNTER, "Ranges read that were not in the cache."),
                MetricRule.of(JOINED, Kind.COUNTER, "Misses that joined a GET in flight."),
                MetricRule.of(GETS, Kind.COUNTER, "GETs started."),
                MetricRule.of(GET_BYTES, Kind.COUNTER, "Bytes of these GETs, with the gaps between their ranges."),
                MetricRule.of(GET_LATENCY, Kind.TIME, "Latency of GETs, failed ones included."),
                MetricRule.of(GET_FAILURES, Kind.COUNTER, "GETs that failed."),
                MetricRule.of(COALESCED, Kind.COUNTER, "Ranges coalesced into a GET of another range."),
                MetricRule.of(CORRUPT, Kind.COUNTER, "Ranges whose CRC32C differs from the pointer's."),
                MetricRule.of(REJECTED, Kind.COUNTER, "Ranges rejected because the queue of GETs was full."),
                MetricRule.of(EXPIRED, Kind.COUNTER, "Reads that exceeded their deadline."),
                MetricRule.of(PREFETCH_USEFUL, Kind.COUNTER, "Prefetched ranges that were read."),
                MetricRule.of(PREFETCH_WASTED, Kind.COUNTER, "Prefetched ranges evicted unread."),
                MetricRule.of(CACHE_BYTES, Kind.GAUGE, "Bytes in the cache."),
                MetricRule.of(LIVE_BYTES, Kind.GAUGE, "Bytes in the cache or held by a reader."),
                MetricRule.of(GETS_IN_FLIGHT, Kind.GAUGE, "GETs in flight."));
        return rules.stream()
                .map(rule -> rule.in("range." + reader).shownAs("range." + rule.source(), Map.of("reader", reader)))
                .toList();
    }

    void getStarted(int bytes) {
        gets.mark();
        getBytes.mark(bytes);
        getsInFlight.inc();
    }

    void getEnded(long nanos, boolean failed) {
        getsInFlight.dec();
        getLatency.update(nanos, TimeUnit.NANOSECONDS);
        if (failed) {
            getFailures.mark();
        }
    }
}
