package io.narrows.router.topology;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;

/** Counters of the topology. Safe for use from any thread. */
public final class TopologyMetrics {
    private static final String PREFIX = "topology";

    /** Metadata requests sent. */
    public static final String REFRESHES = "refreshes";

    /** Metadata requests without an answer. */
    public static final String REFRESH_FAILURES = "refreshFailures";

    /** Leaders learned from a produce answer before any refresh. */
    public static final String LEADER_HINTS = "leaderHints";

    private final Counter refreshes;
    private final Counter refreshFailures;
    private final Counter leaderHints;

    public TopologyMetrics(MetricRegistry registry) {
        this.refreshes = registry.counter(MetricRegistry.name(PREFIX, REFRESHES));
        this.refreshFailures = registry.counter(MetricRegistry.name(PREFIX, REFRESH_FAILURES));
        this.leaderHints = registry.counter(MetricRegistry.name(PREFIX, LEADER_HINTS));
    }

    Counter refreshes() {
        return refreshes;
    }

    Counter refreshFailures() {
        return refreshFailures;
    }

    Counter leaderHints() {
        return leaderHints;
    }
}
