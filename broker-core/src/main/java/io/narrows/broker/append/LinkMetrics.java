package io.narrows.broker.append;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.link.StagedPointers;

/** Counts outcomes of batches that were staged before their append. Thread-safe. */
public final class LinkMetrics {
    private static final String PREFIX = "narrows.stage.batches.";

    private final Meter linked;
    private final Meter inline;
    private final Meter orphaned;

    public LinkMetrics(MetricRegistry registry) {
        linked = registry.meter(PREFIX + "linked");
        inline = registry.meter(PREFIX + "staged_but_inline");
        orphaned = registry.meter(PREFIX + "orphaned");
    }

    void finished(StagedPointers.Outcome outcome) {
        switch (outcome) {
            case LINKED -> linked.mark();
            case INLINE -> inline.mark();
            // Refused, or known already: garbage collection finds the bytes without a link.
            case WAITING, TAKEN -> orphaned.mark();
        }
    }
}
