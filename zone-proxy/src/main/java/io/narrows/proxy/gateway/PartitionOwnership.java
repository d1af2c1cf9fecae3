package io.narrows.proxy.gateway;

import io.narrows.proxy.api.PartitionGate;
import io.narrows.proxy.metadata.PartitionLayout;
import io.narrows.proxy.metadata.ProxyMember;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Decides which batches this proxy takes under the assignment it follows, and counts those it has taken, so that it can say
 * when it has finished those of partitions that are no longer its own. Any thread; the plan is set by the router's loop.
 *
 * <p>A batch is counted first and the plan looked at afterwards. So a plan that comes in between is either seen by the
 * batch, which is then refused, or its look at the counts sees the batch.
 */
final class PartitionOwnership implements PartitionGate {
    private final String self;
    private final GatewayMetrics metrics;
    private final ConcurrentHashMap<TopicPartition, Integer> taken = new ConcurrentHashMap<>();
    private volatile Lived lived;
    private volatile Runnable onLeave = () -> {};
    private volatile Runnable onHandOver = () -> {};
    private volatile CompletableFuture<Void> othersReady = CompletableFuture.completedFuture(null);

    /** The assignment this proxy follows, null when it is alone, and what clients see. */
    static final class Lived {
        private final @Nullable Assignment plan;
        private final PartitionLayout layout;
        private volatile boolean tookBatch;

        private Lived(@Nullable Assignment plan, PartitionLayout layout) {
            this.plan = plan;
            this.layout = layout;
        }
    }

    PartitionOwnership(ProxyMember self, GatewayMetrics metrics) {
        this.self = self.id();
        this.metrics = metrics;
        this.lived = new Lived(null, PartitionLayout.alone(self));
    }

    /** {@code listener} runs, on any thread, when a batch is finished while a plan is not settled. */
    void onLeave(Runnable listener) {
        onLeave = listener;
    }

    /** {@code listener} runs when this proxy should finish what it has taken as soon as it can. */
    void onHandOver(Runnable listener) {
        onHandOver = listener;
    }

    void serveAlone(ProxyMember as) {
        Lived before = lived;
        Lived alone = new Lived(null, PartitionLayout.alone(as));
        lived = alone;
        if (before.plan == null && before.tookBatch) {
            alone.tookBatch = true;
        }
        othersReady.complete(null);
    }

    /** True if this proxy was alone and has taken a batch, as another one may of the same partition. */
    boolean adopt(Assignment plan, ProxyMember as) {
        boolean waits = !plan.settled() && !plan.hasMember(self);
        if (waits && othersReady.isDone()) {
            othersReady = new CompletableFuture<>();
        }
        Lived before = lived;
        Assignment held = before.plan;
        lived = new Lived(plan, PartitionLayout.shared(as, plan.members()));
        if (!waits) {
            othersReady.complete(null);
        }
        if (plan.awaited().contains(self) && (held == null || held.epoch() != plan.epoch())) {
            onHandOver.run();
        }
        // After the plan is set: what a connection's thread takes alone from now on, it looks at again.
        return held == null && before.tookBatch;
    }

    /** Whether this proxy is alone and has taken a batch, as another one may of the same partition. */
    boolean tookAlone() {
        Lived now = lived;
        return now.plan == null && now.tookBatch;
    }

    PartitionLayout layout() {
        return lived.layout;
    }

    /** Null while this proxy is alone. */
    @Nullable
    Assignment plan() {
        return lived.plan;
    }

    boolean owns(String topic, int partition) {
        Assignment plan = lived.plan;
        return plan == null || plan.owns(self, topic, partition);
    }

    @Override
    public boolean tryEnter(String topic, int partition) {
        TopicPartition key = new TopicPartition(topic, partition);
        Integer unused = taken.merge(key, 1, Integer::sum);
        Lived now = lived;
        while (now.plan == null) {
            if (takesAlone(now)) {
                return true;
            }
            now = lived;
        }
        if (now.plan.takes(self, topic, partition)) {
            return true;
        }
        metrics.refused.inc();
        uncount(key);
        return false;
    }

    Lived lived() {
        return lived;
    }

    /** Whether this proxy is still alone as then; if it is, a plan that comes sees that it has taken a batch. */
    boolean takesAlone(Lived then) {
        then.tookBatch = true;
        return lived == then;
    }

    @Override
    public void leave(String topic, int partition) {
        uncount(new TopicPartition(topic, partition));
    }

    @Override
    public CompletableFuture<Void> othersReady() {
        return othersReady;
    }

    private void uncount(TopicPartition key) {
        Integer unused = taken.compute(key, (partition, count) -> count == null || count == 1 ? null : count - 1);
        Assignment plan = lived.plan;
        if (plan != null && !plan.settled()) {
            onLeave.run();
        }
    }

    /** Whether nothing is in flight for partitions that this proxy does not own. */
    boolean finished() {
        Assignment plan = lived.plan;
        return plan == null
                || taken.keySet().stream()
                        .allMatch(partition -> plan.owns(self, partition.topic(), partition.partition()));
    }
}
