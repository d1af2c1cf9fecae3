package io.narrows.proxy.api;

import java.util.concurrent.CompletableFuture;

/**
 * Which partitions this proxy takes batches for, and how many it has taken and not finished. Any thread.
 */
public interface PartitionGate {
    /** A proxy that is alone takes everything. */
    PartitionGate OPEN = new PartitionGate() {
        @Override
        public boolean tryEnter(String topic, int partition) {
            return true;
        }

        @Override
        public void leave(String topic, int partition) {}

        @Override
        public CompletableFuture<Void> othersReady() {
            return CompletableFuture.completedFuture(null);
        }
    };

    /** Whether a batch is taken. If so, {@link #leave} is called once when it is answered. */
    boolean tryEnter(String topic, int partition);

    void leave(String topic, int partition);

    /**
     * Completes, on any thread, when the client of a batch that is not taken should be told: mostly immediately. While others
     * are about to take over everything, they would refuse it too, and clients pause longer after each refusal.
     */
    CompletableFuture<Void> othersReady();
}
