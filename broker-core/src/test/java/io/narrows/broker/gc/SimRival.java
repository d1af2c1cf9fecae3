package io.narrows.broker.gc;

import io.narrows.broker.gc.BrokerReferences.Claim;
import io.narrows.broker.gc.SimReplica.Link;
import io.narrows.broker.gc.collector.Registration;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.ObjectStore;
import io.netty.buffer.Unpooled;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Another cluster of one broker that was given the same bucket: it claims it too, and makes links when it may. */
final class SimRival {
    private static final int ID = 77;
    private static final int OBJECTS = 40;

    private final ManualLoop world;
    private final ObjectStore store;
    private final SimBroker broker;
    private boolean started;
    private boolean stopped;

    SimRival(SimProcess.Surroundings surroundings, ObjectStore store) {
        this.world = surroundings.world();
        this.store = store;
        broker = new SimBroker(ID, "rival", surroundings);
    }

    void start() {
        started = true;
        Registration registration = new Registration(1, "rival", Set.of("rival"));
        broker.start(registration);
        broker.process().learn(Map.of(ID, registration), ID);
        broker.disk.put(0, new SimReplica(0, broker.references()));
        write(0);
    }

    void stop() {
        stopped = true;
        if (!started) {
            start();
        }
    }

    SimBroker broker() {
        return broker;
    }

    private void write(long sequence) {
        if (stopped || sequence == OBJECTS) {
            return;
        }
        WalObjectId object = new WalObjectId("rival", 1, sequence);
        var unused = store.put(object.key(), Unpooled.wrappedBuffer(new byte[SimCluster.OBJECT_BYTES]))
                .thenRun(() -> link(object));
        world.schedule(TimeUnit.MILLISECONDS.toNanos(50), () -> write(sequence + 1));
    }

    private void link(WalObjectId object) {
        try (Claim claim = broker.references().claim(object)) {
            if (claim.isGranted()) {
                broker.disk.get(0).append(new Link(object, 1));
            }
        }
    }
}
