package io.narrows.broker.read;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.memory.MemoryBudget;
import java.util.concurrent.TimeUnit;

/** Memory of answers for tests of other packages. Stateless. */
public final class AnswerMemories {
    private AnswerMemories() {}

    /** With a stopped clock. */
    public static AnswerMemory of(long bytes) {
        return new AnswerMemory(
                MemoryBudget.of(bytes),
                TimeUnit.SECONDS.toNanos(5),
                new ManualLoop(0),
                new BrokerMetrics(new MetricRegistry()));
    }
}
