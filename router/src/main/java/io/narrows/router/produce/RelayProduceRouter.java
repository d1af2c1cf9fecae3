package io.narrows.router.produce;

import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/**
 * The {@link ProduceRouter} that reaches leaders over the relay. All state lives on one loop; every method may be called
 * from any thread. Owns nothing of its {@link RouterDependencies}.
 */
public final class RelayProduceRouter implements ProduceRouter, AutoCloseable {
    private final ProduceLoop core;

    private RelayProduceRouter(ProduceLoop core) {
        this.core = core;
    }

    public static RelayProduceRouter create(RouterConfig config, RouterDependencies dependencies) {
        return new RelayProduceRouter(new ProduceLoop(config, dependencies));
    }

    @Override
    public ProduceConnection connect() {
        ConnectionLanes client = new ConnectionLanes(core);
        core.handOver(() -> core.connected(client));
        return client;
    }

    /**
     * For a proxy of a gateway. While {@code may} holds, a producer that comes may have batches in flight at another proxy
     * that no proxy has waited for (RFC 0002, rule P9). Asked on the router's loop.
     */
    public void producersMayHaveBatchesElsewhere(BooleanSupplier may) {
        core.loop().execute(() -> core.batchesElsewhere(may));
    }

    /** Connects to every leader from now on, and again when a connection is lost, also without a client that needs it. */
    public void keepConnected() {
        core.loop().execute(core::keepConnected);
    }

    /** What leaders say to this proxy; any thread. */
    public LeaderStandings standings() {
        return core.standings();
    }

    /** Sends immediately what is held in the flush window. On the router's loop. */
    public void flush() {
        core.flush();
    }

    /** Completes on the router's loop. */
    public CompletableFuture<RouterStatus> status() {
        CompletableFuture<RouterStatus> status = new CompletableFuture<>();
        core.loop().execute(() -> status.complete(core.status()));
        return status;
    }

    /**
     * Sends immediately what is held, and completes on the router's loop: with true as soon as nothing is in flight, with
     * false after {@code limitNanos}. The caller has stopped its clients before.
     */
    public CompletableFuture<Boolean> drain(long limitNanos) {
        return core.drain(limitNanos);
    }

    /** Closes the relay connections; what is still in flight ends with REQUEST_TIMED_OUT. */
    @Override
    public void close() {
        core.loop().execute(core::close);
    }
}
