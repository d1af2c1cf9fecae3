package io.narrows.router.sim;

import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.wal.WalBlock;
import io.narrows.relay.wal.WalWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The object store and the writer in front of it. Holds the blocks until their PUT ends. */
final class SimStore implements WalWriter {
    private final SimWorld world;
    private final Map<Long, Map<Integer, SimBatch>> objects = new HashMap<>();
    private final List<Runnable> hanging = new ArrayList<>();
    private long nextSequence;
    private long busyUntil;
    boolean calm;
    boolean outage;
    int puts;

    SimStore(SimWorld world) {
        this.world = world;
    }

    @Override
    public boolean ready() {
        return world.now() >= busyUntil;
    }

    @Override
    public long readyInNanos() {
        return Math.max(0, busyUntil - world.now());
    }

    @Override
    public CompletableFuture<List<Pointer>> write(List<WalBlock> blocks) {
        puts++;
        long sequence = nextSequence++;
        List<Pointer> pointers = new ArrayList<>();
        Map<Integer, SimBatch> object = new HashMap<>();
        int position = 0;
        for (WalBlock block : blocks) {
            pointers.add(new Pointer(new WalObjectId("sim", 1, sequence), position, block.length(), block.crc32c()));
            object.put(position, SimBatch.of(block.bytes()));
            position += block.length();
        }
        world.trace("put " + sequence + " blocks " + blocks.size());
        CompletableFuture<List<Pointer>> future = new CompletableFuture<>();
        Runnable durable = () -> objects.put(sequence, object);
        Runnable free = () -> blocks.forEach(block -> block.bytes().release());
        Runnable succeed = () -> {
            durable.run();
            free.run();
            world.trace("durable " + sequence);
            future.complete(pointers);
        };
        Runnable fail = () -> {
            free.run();
            world.trace("put failed " + sequence);
            future.completeExceptionally(new ObjectStoreException(ObjectStoreException.Kind.UNAVAILABLE, "sim", null));
        };
        if (!calm && world.chance(0.05)) {
            busyUntil = world.now() + world.between(1, 900) * SimWorld.MS;
        }
        double dice = calm ? 1 : world.random.nextDouble();
        if (outage || dice < 0.03) {
            world.laterMs(1, 300, fail);
        } else if (dice < 0.05) {
            world.laterMs(1, 300, () -> {
                durable.run();
                fail.run();
            });
        } else if (dice < 0.07) {
            hanging.add(succeed);
            world.laterMs(2_000, 12_000, () -> endHanging(succeed));
        } else {
            world.laterMs(5, dice < 0.2 ? 1_500 : 120, succeed);
        }
        return future;
    }

    private void endHanging(Runnable put) {
        if (hanging.remove(put)) {
            put.run();
        }
    }

    /** Ends all PUTs that hang. */
    void settle() {
        List.copyOf(hanging).forEach(this::endHanging);
    }

    /** The batch, or null when the leader cannot read it; a pointer to what is not durable breaks invariant I1. */
    SimBatch read(Pointer pointer) {
        Map<Integer, SimBatch> object = objects.get(pointer.object().sequence());
        if (object == null) {
            throw new AssertionError("a pointer was sent to an object that is not durable: " + pointer);
        }
        return !calm && (outage || world.chance(0.03)) ? null : object.get(pointer.position());
    }

    @Override
    public void close() {}
}
