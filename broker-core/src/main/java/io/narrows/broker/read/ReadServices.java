package io.narrows.broker.read;

import io.narrows.broker.BrokerMetrics;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.range.RangeReader;
import java.util.concurrent.Executor;

/**
 * What resolving links needs: the reader of ranges, the executor that puts answers together (never a thread of the
 * object store), a budget for the bytes of answers being put together, and a clock. Shared by all logs of a broker.
 */
public record ReadServices(
        RangeReader ranges, Executor assembler, MemoryBudget budget, Loop clock, BrokerMetrics metrics) {}
