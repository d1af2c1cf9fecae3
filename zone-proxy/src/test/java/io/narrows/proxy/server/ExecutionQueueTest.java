package io.narrows.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.api.ExecutionOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ExecutionQueueTest {
    private final ExecutionQueue queue = new ExecutionQueue();
    private final List<String> started = new ArrayList<>();

    private void submit(String name, ExecutionOrder order) {
        queue.submit(order, () -> started.add(name), () -> started.add("dropped " + name));
    }

    @Test
    void producesRunSideBySideAndABarrierWaitsForThem() {
        submit("produce 1", ExecutionOrder.LANES);
        submit("produce 2", ExecutionOrder.LANES);
        submit("end transaction", ExecutionOrder.BARRIER);
        submit("produce 3", ExecutionOrder.LANES);
        submit("metadata", ExecutionOrder.ANY);
        assertThat(started).containsExactly("produce 1", "produce 2", "metadata");
        queue.finished(ExecutionOrder.LANES);
        assertThat(started).hasSize(3);
        queue.finished(ExecutionOrder.LANES);
        assertThat(started).endsWith("end transaction");
        queue.finished(ExecutionOrder.BARRIER);
        assertThat(started).endsWith("produce 3");
    }

    @Test
    void aLongQueueOfImmediateAnswersDoesNotGrowTheStack() {
        queue.submit(ExecutionOrder.LANES, () -> {}, () -> {});
        for (int i = 0; i < 100_000; i++) {
            queue.submit(ExecutionOrder.BARRIER, () -> queue.finished(ExecutionOrder.BARRIER), () -> {});
        }
        submit("last", ExecutionOrder.BARRIER);
        queue.finished(ExecutionOrder.LANES);
        assertThat(started).containsExactly("last");
    }

    @Test
    void idleIsToldOnceAllIsAnswered() {
        submit("produce", ExecutionOrder.LANES);
        submit("end", ExecutionOrder.BARRIER);
        queue.whenIdle(() -> started.add("idle"));
        queue.finished(ExecutionOrder.LANES);
        assertThat(started).doesNotContain("idle");
        queue.finished(ExecutionOrder.BARRIER);
        assertThat(started).endsWith("idle");
    }

    @Test
    void whatWaitsBehindABarrierIsDroppedAndNotStarted() {
        submit("join", ExecutionOrder.BARRIER);
        submit("sync", ExecutionOrder.BARRIER);
        submit("produce", ExecutionOrder.LANES);
        queue.whenIdle(() -> started.add("idle"));
        queue.dropWaiting();
        assertThat(started).containsExactly("join", "dropped sync", "dropped produce");
        queue.finished(ExecutionOrder.BARRIER);
        assertThat(started).containsExactly("join", "dropped sync", "dropped produce", "idle");
    }

    @Test
    void nothingThatWaitsStartsWhileTheClientDoesNotRead() {
        submit("commit 1", ExecutionOrder.BARRIER);
        submit("commit 2", ExecutionOrder.BARRIER);
        queue.pause();
        queue.finished(ExecutionOrder.BARRIER);
        submit("produce", ExecutionOrder.LANES);
        assertThat(started).containsExactly("commit 1");
        queue.resume();
        assertThat(started).containsExactly("commit 1", "commit 2");
        queue.finished(ExecutionOrder.BARRIER);
        assertThat(started).endsWith("produce");
    }
}
