package io.narrows.proxy.api;

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
    };

    /** Whether a batch is taken. If so, {@link #leave} is called once when it is answered. */
    boolean tryEnter(String topic, int partition);

    void leave(String topic, int partition);
}
