package io.narrows.broker.log;

import io.narrows.broker.gc.BrokerReferences;
import io.narrows.broker.link.StagedPointers;
import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.broker.read.LinkResolver;
import io.narrows.broker.read.ReadServices;
import io.narrows.broker.read.SkippedLinks;
import io.narrows.broker.server.BrokerParts;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.range.RangeReader;

/**
 * What the logs of one broker share: the hand-over of staged pointers, the resolver of links, the gate that says
 * whether the cluster may hold links at all, tiered storage, who refers to which object, and which links
 * are given up.
 */
public record LinkServices(
        StagedPointers staged,
        LinkGate gate,
        ReadServices reads,
        LinkResolver resolver,
        Tiering tiering,
        BrokerReferences references,
        SkippedLinks skipped) {
    public LinkServices(LinkGate gate, BrokerParts parts) {
        this(
                new StagedPointers(),
                gate,
                parts.reads(),
                new LinkResolver(parts.reads(), parts.stalledNanos()),
                new Tiering(parts.tier()),
                parts.references(),
                parts.skipped());
    }

    RangeReader ranges() {
        return reads.ranges();
    }

    BrokerMetrics metrics() {
        return reads.metrics();
    }

    public Loop clock() {
        return reads.clock();
    }

    /** Says whether links may be appended now. Asked under a log's lock, so it answers at once. */
    public interface LinkGate {
        /** Whether the cluster may hold links at all. */
        boolean open();

        /** Whether new batches of this topic may become links. */
        boolean open(String topic);
    }
}
