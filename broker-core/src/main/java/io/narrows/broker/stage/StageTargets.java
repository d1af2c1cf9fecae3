package io.narrows.broker.stage;

import io.narrows.broker.relay.InlineStaging;

/** What the cluster says about a partition. Thread-safe, never blocks. */
public interface StageTargets {
    /**
     * How many followers in other zones a batch for the partition would be copied to, all of which a link spares; -1 if
     * its log takes no links. A broker without a zone is in no other zone: the cost of its transfers is unknown.
     */
    int remoteFollowers(InlineStaging.Target target);
}
