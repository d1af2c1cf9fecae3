package io.narrows.router.produce;

import io.narrows.router.lane.ProducerSequence;
import io.narrows.router.produce.ProducerLanes.Owner;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * One client connection: by whose lanes its batches go. {@link #produce} and {@link #close} are called by the session and
 * only hand over; everything else is owned by the router's loop.
 */
final class ConnectionLanes implements ProduceConnection {
    /** A client uses one producer id at a time. Batches of more than this, which are not forgotten yet, share lanes. */
    private static final int MAX_OWNERS = 16;

    private final Host host;
    private final Map<Owner, ProducerLanes> owners = new LinkedHashMap<>();

    /** The loop that has all lanes. The first three methods are called from any thread, the others on the loop. */
    interface Host {
        long now();

        /** Charges a call's bytes. */
        void reserve(ProduceCall call);

        /** Runs the task on the loop, after all that the same thread handed over before. */
        void handOver(Runnable task);

        void accept(ConnectionLanes client, PendingCall pending);

        ProducerLanes lanesOf(Owner owner);

        /** The client is gone; its entries go on. */
        void forget(ConnectionLanes client);
    }

    ConnectionLanes(Host host) {
        this.host = host;
    }

    @Override
    public CompletableFuture<List<BatchOutcome>> produce(ProduceCall call) {
        PendingCall pending = new PendingCall(call, host.now());
        host.reserve(call);
        host.handOver(() -> accept(pending));
        return pending.future();
    }

    @Override
    public void close() {
        host.handOver(() -> host.forget(this));
    }

    private void accept(PendingCall pending) {
        if (!pending.completeIfEmpty()) {
            host.accept(this, pending);
        }
    }

    /** Whose lanes the batch goes by. */
    ProducerLanes lanesOf(ProduceCall call, ProducerSequence producer) {
        Owner owner = Owner.of(call.context(), producer);
        ProducerLanes known = owners.get(owner);
        if (known != null) {
            return known;
        }
        if (owners.size() >= MAX_OWNERS) {
            owner = Owner.client(call.context());
            known = owners.get(owner);
        }
        return known == null ? join(owner) : known;
    }

    private ProducerLanes join(Owner owner) {
        ProducerLanes lanes = host.lanesOf(owner);
        lanes.joined();
        owners.put(owner, lanes);
        return lanes;
    }

    /** The connection is gone. */
    void leave() {
        owners.values().forEach(ProducerLanes::left);
        owners.clear();
    }
}
