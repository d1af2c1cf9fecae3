package io.narrows.broker.gc;

import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.MemoryObjectStore;
import io.netty.buffer.Unpooled;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** A writer of the simulation: one incarnation after the other writes objects, and sends pointers to them at any time. */
final class SimWriter {
    private final String name;
    private final ManualLoop world;
    private final MemoryObjectStore store;
    private final Random random;
    private final Leaders leaders;
    private boolean stopped;

    /** Where pointers go. */
    interface Leaders {
        /** A pointer reaches the leader of one of the partitions, with its bytes or without. */
        void arrive(int partition, WalObjectId object, boolean withBytes);
    }

    SimWriter(String name, ManualLoop world, MemoryObjectStore store, Random random, Leaders leaders) {
        this.name = name;
        this.world = world;
        this.store = store;
        this.random = random;
        this.leaders = leaders;
    }

    void start(long incarnation) {
        long[] sequence = {0};
        int life = 50 + random.nextInt(400);
        Runnable[] write = new Runnable[1];
        write[0] = () -> {
            if (stopped) {
                return;
            }
            if (sequence[0] == life) {
                start(incarnation + 1);
                return;
            }
            put(new WalObjectId(name, incarnation, sequence[0]++));
            world.schedule(TimeUnit.MILLISECONDS.toNanos(5 + random.nextInt(40)), write[0]);
        };
        world.schedule(1, write[0]);
    }

    void stop() {
        stopped = true;
    }

    private void put(WalObjectId object) {
        var unused = store.put(object.key(), Unpooled.wrappedBuffer(new byte[SimCluster.OBJECT_BYTES]))
                .whenComplete((done, failure) -> {
                    if (failure == null && random.nextInt(20) > 0) {
                        point(object);
                    }
                });
    }

    private void point(WalObjectId object) {
        int pointers = random.nextInt(4) > 0 ? 1 : 1 + random.nextInt(SimCluster.PARTITIONS);
        for (int i = 0; i < pointers; i++) {
            int dice = random.nextInt(100);
            long delayMs = dice < 80
                    ? random.nextInt(20)
                    : random.nextInt((int) (dice < 95 ? 1 : 3) * (int) SimCluster.GRACE_MS);
            boolean withBytes = random.nextInt(3) == 0;
            int partition = random.nextInt(SimCluster.PARTITIONS);
            world.schedule(TimeUnit.MILLISECONDS.toNanos(delayMs), () -> leaders.arrive(partition, object, withBytes));
        }
    }
}
