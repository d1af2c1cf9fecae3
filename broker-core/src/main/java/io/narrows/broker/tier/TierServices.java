package io.narrows.broker.tier;

import io.narrows.broker.config.TierSettings;
import io.narrows.broker.read.SkippedLinks;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.range.RangeReader;
import io.narrows.relay.store.ObjectStore;
import org.jspecify.annotations.Nullable;

/**
 * What copies and reads segment objects: the store to write to, the reader of blocks with its cache, the reader of ranges behind
 * links for copies, and the cache of recent ranges to look into before that. Shared by a broker; its creator closes it.
 */
public record TierServices(
        ObjectStore store,
        RangeReader blocks,
        RangeReader links,
        @Nullable RangeReader recent,
        Loop clock,
        TierSettings settings,
        TierMetrics metrics,
        SkippedLinks skipped) {}
