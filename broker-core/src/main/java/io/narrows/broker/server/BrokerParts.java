package io.narrows.broker.server;

import io.narrows.broker.gc.BrokerReferences;
import io.narrows.broker.link.StagedPointers;
import io.narrows.broker.log.LinkGate;
import io.narrows.broker.log.LinkServices;
import io.narrows.broker.log.Tiering;
import io.narrows.broker.read.LinkResolver;
import io.narrows.broker.read.ReadServices;
import io.narrows.broker.read.SkippedLinks;
import io.narrows.broker.tier.TierServices;
import org.jspecify.annotations.Nullable;

/**
 * What a process with the broker role is made of besides Kafka: how links are read, how long a response may stall, what stands in front of the log, and
 * what keeps its history, and what its logs refer to. Closed by its creator, after the server.
 */
public record BrokerParts(
        ReadServices reads,
        long stalledNanos,
        BrokerExtension extension,
        @Nullable TierServices tier,
        BrokerReferences references,
        SkippedLinks skipped) {
    /** Without segment objects, for a broker without garbage collection. */
    public BrokerParts(ReadServices reads, BrokerExtension extension) {
        this(reads, extension, null);
    }

    /** For a broker without garbage collection. */
    public BrokerParts(ReadServices reads, BrokerExtension extension, @Nullable TierServices tier) {
        this(reads, LinkResolver.STALLED_NANOS, extension, tier, BrokerReferences.uncollected(), SkippedLinks.NONE);
    }

    /** What the broker's logs share. */
    public LinkServices links(LinkGate gate) {
        return new LinkServices(
                new StagedPointers(),
                gate,
                reads,
                new LinkResolver(reads, stalledNanos),
                new Tiering(tier),
                references,
                skipped);
    }
}
