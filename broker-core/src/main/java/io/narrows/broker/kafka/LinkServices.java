package io.narrows.broker.kafka;

import io.narrows.broker.BrokerMetrics;
import io.narrows.broker.link.StagedPointers;
import io.narrows.broker.read.LinkResolver;
import io.narrows.broker.read.ReadServices;
import io.narrows.broker.tier.TierServices;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.range.RangeReader;
import org.jspecify.annotations.Nullable;

/**
 * What the logs of one broker share: the hand-over of staged pointers, the resolver of links, the gate that says
 * whether the cluster may hold links at all, and tiered storage.
 */
public record LinkServices(
        StagedPointers staged, LinkGate gate, ReadServices reads, LinkResolver resolver, Tiering tiering) {
    LinkServices(LinkGate gate, ReadServices reads, @Nullable TierServices tier) {
        this(new StagedPointers(), gate, reads, new LinkResolver(reads), new Tiering(tier));
    }

    RangeReader ranges() {
        return reads.ranges();
    }

    BrokerMetrics metrics() {
        return reads.metrics();
    }

    Loop clock() {
        return reads.clock();
    }

    /** Says whether links may be appended now. Asked under a log's lock, so it answers at once. */
    @FunctionalInterface
    public interface LinkGate {
        boolean open();
    }
}
