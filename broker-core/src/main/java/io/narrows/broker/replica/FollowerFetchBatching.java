package io.narrows.broker.replica;

import io.narrows.relay.loop.Loop;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.replica.ClientMetadata;
import org.apache.kafka.server.storage.log.FetchParams;

/**
 * Lets a follower's fetch linger for more links when links arrive fast. A fetch and its response cost about 700 bytes between
 * zones and more CPU than the links in it, and the follower sends the next fetch immediately. Responses with one link each
 * would cost several times their content. The fetch's minimum bytes are raised to the bytes of links that its follower
 * recently received in the linger time. With only a few links no fetch lingers, nor for inline batches alone, whose
 * producers may wait for each response.
 *
 * <p>It also shortens the wait of the fetch after a response with data. That fetch tells the leader the follower's new end
 * offset, and its response tells the follower the new high watermark, which its consumers wait for. Without data a fetch
 * waits as long as its follower asks. Thread-safe.
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
     * @param lingerMs the longest wait for more links; 0 for none
     * @param maxWaitAfterDataMs the longest wait of a fetch after a response with data
     */
    public record Waits(int lingerMs, int maxWaitAfterDataMs) {}

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
        long lingerMs = Math.min(params.maxWaitMs, waits.lingerMs());
        double expected = flow.bytesIn(lingerMs * NANOS_PER_MS, now);
        if (expected >= WORTH_BYTES) {
            return with(params, lingerMs, (int) Math.min(expected, MAX_BYTES));
        }
        long maxWaitAfterDataMs = Math.min(params.maxWaitMs, waits.maxWaitAfterDataMs());
        return maxWaitAfterDataMs < params.maxWaitMs && flow.hasNews(now)
                ? with(params, maxWaitAfterDataMs, params.minBytes)
                : params;
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
