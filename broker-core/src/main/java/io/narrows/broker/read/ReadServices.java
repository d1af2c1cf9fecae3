package io.narrows.broker.read;

import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.range.RangeReader;
import java.util.concurrent.Executor;

/**
 * What resolving links needs: the reader of recent ranges, one with bounds of its own for older ones and the pace
 * of reads there, the executor that
 * puts answers together (never a thread of the object store), a budget for the bytes that reads and unsent answers hold, and
 * a clock. Shared by all logs of a broker.
 */
public record ReadServices(
        RangeReader ranges,
        RangeReader catchUpRanges,
        CatchUpReadThrottle pace,
        Executor assembler,
        MemoryBudget budget,
        Loop clock,
        BrokerMetrics metrics) {
    RangeReader reader(Age age) {
        return age == Age.RECENT ? ranges : catchUpRanges;
    }

    /** Where in a log a read is: readers of old data must not slow those of new data. */
    public enum Age {
        /** In the active segment. */
        RECENT,
        /** In an older one. */
        OLD
    }
}
