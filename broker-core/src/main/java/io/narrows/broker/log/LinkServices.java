package io.narrows.broker.log;

import io.narrows.broker.gc.BrokerReferences;
import io.narrows.broker.link.StagedPointers;
import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.broker.read.LinkResolver;
import io.narrows.broker.read.ReadServices;
import io.narrows.broker.read.SkippedLinks;
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
    RangeReader ranges() {
        return reads.ranges();
    }

    BrokerMetrics metrics() {
        return reads.metrics();
    }

    public Loop clock() {
        return reads.clock();
    }
}
