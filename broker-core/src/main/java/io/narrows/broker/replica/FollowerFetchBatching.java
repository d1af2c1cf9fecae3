package io.narrows.broker.replica;

import io.narrows.relay.loop.Loop;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.replica.ClientMetadata;
import org.apache.kafka.server.storage.log.FetchParams;

/**
 * Lets a follower's fetch wait for company when links come fast. A fetch and its answer cost some 700 bytes between zones
 * and more processor time than the links in it, and a follower asks again at once, so answers with one link each cost
 * several times what they carry. What a fetch asks for at least is raised to what its follower got of links lately in the
 * time it may wait. While that is only a few, nothing waits; nor do batches that are bytes themselves, whose producers may
 * be waiting for one after the other, unless links come fast beside them.
 *
 * <p>And lets the fetch that follows on news be answered soon. With it the leader learns that the follower has the news,
 * and with its answer the follower that the high watermark has moved, which is what its consumers wait for. Without news
 * a fetch waits as long as its follower asks. Thread-safe.
 */
public final class FollowerFetchBatching {
    /** What has so many bytes is worth an answer of its own: some forty links, or any batch that is more than a link. */
    static final int MAX_BYTES = 4096;
    /** About three links. Fewer are not worth their wait. */
    static final int WORTH_BYTES = 330;

    /** By then the other followers have fetched the news too, or are so late that consumers notice in any case. */
    private static final long NEWS_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final double HALF_LIFE_NANOS = 200e6;
    private static final double NANOS_PER_MS = 1e6;
    /** Far more fetchers than a cluster has. */
    private static final int MAX_FETCHERS = 4096;

    private final Waits waits;
    private final Loop clock;
    private final ConcurrentHashMap<Fetcher, Flow> flows = new ConcurrentHashMap<>();

    public FollowerFetchBatching(Waits waits, Loop clock) {
        this.waits = waits;
        this.clock = clock;
    }

    /**
     * @param gatherMs the longest wait for company; 0 for none
     * @param newsMs the longest wait of a follower that has got something just now
     */
    public record Waits(int gatherMs, int newsMs) {}

    /** One thread of a follower; each has a session and so partitions of its own. */
    private record Fetcher(int replicaId, String clientId) {
        static Fetcher of(FetchParams params) {
            return new Fetcher(
                    params.replicaId,
                    params.clientMetadata.map(ClientMetadata::clientId).orElse(""));
        }
    }

    /** What the fetch is to wait for: itself, or more bytes for a shorter time. */
    FetchParams paced(FetchParams params) {
        Flow flow = params.isFromFollower() && params.minBytes <= 1 ? flows.get(Fetcher.of(params)) : null;
        if (flow == null) {
            return params;
        }
        long now = clock.nanoTime();
        long gatherMs = Math.min(params.maxWaitMs, waits.gatherMs());
        double expected = flow.bytesIn(gatherMs * NANOS_PER_MS, now);
        if (expected >= WORTH_BYTES) {
            return with(params, gatherMs, (int) Math.min(expected, MAX_BYTES));
        }
        long newsMs = Math.min(params.maxWaitMs, waits.newsMs());
        return newsMs < params.maxWaitMs && flow.hasNews(now) ? with(params, newsMs, params.minBytes) : params;
    }

    private static FetchParams with(FetchParams params, long maxWaitMs, int minBytes) {
        return new FetchParams(
                params.replicaId,
                params.replicaEpoch,
                maxWaitMs,
                minBytes,
                params.maxBytes,
                params.isolation,
                params.clientMetadata);
    }

    /** What an answer has, and how much of it is links. */
    record News(long bytes, long linkBytes) {}

    /** An answer goes to the follower. */
    void answered(FetchParams params, News news) {
        if (news.bytes() == 0) {
            return;
        }
        if (flows.size() > MAX_FETCHERS) {
            flows.clear();
        }
        long now = clock.nanoTime();
        flows.computeIfAbsent(Fetcher.of(params), fetcher -> new Flow(now)).add(news.linkBytes(), now);
    }

    /** Bytes of links per time, of late. Guarded by itself. */
    private static final class Flow {
        private double recentBytes;
        private long atNanos;
        private long newsNanos;

        Flow(long nowNanos) {
            atNanos = nowNanos;
            newsNanos = nowNanos;
        }

        synchronized void add(long linkBytes, long nowNanos) {
            age(nowNanos);
            recentBytes += linkBytes;
            newsNanos = nowNanos;
        }

        synchronized boolean hasNews(long nowNanos) {
            return nowNanos - newsNanos < NEWS_NANOS;
        }

        synchronized double bytesIn(double nanos, long nowNanos) {
            age(nowNanos);
            return recentBytes * Math.log(2) / HALF_LIFE_NANOS * nanos;
        }

        private void age(long nowNanos) {
            double passed = Math.max(0, nowNanos - atNanos);
            recentBytes *= Math.pow(0.5, passed / HALF_LIFE_NANOS);
            atNanos = nowNanos;
        }
    }
}
