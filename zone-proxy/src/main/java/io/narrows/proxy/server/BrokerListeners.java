package io.narrows.proxy.server;

import io.narrows.relay.loop.Loop;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives each broker that becomes known a port of its own on the listeners that are configured so. A broker that leaves
 * keeps its port, where requests fail as those to a broker that is down. Owned by the loop.
 */
public final class BrokerListeners {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerListeners.class);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int MAX_PORT = 65_535;

    private final KafkaServer server;
    private final Loop loop;
    private final Supplier<Set<Integer>> brokers;
    private final List<Listener> listeners;
    private final Set<Integer> known = new HashSet<>();

    /** {@code listeners} are bound, with their ports as {@code commonPort}. */
    public BrokerListeners(KafkaServer server, Loop loop, Supplier<Set<Integer>> brokers, List<Listener> listeners) {
        this.server = server;
        this.loop = loop;
        this.brokers = brokers;
        this.listeners = List.copyOf(listeners);
    }

    /** Looks for brokers until the server drains. Any thread. */
    public void start() {
        if (!listeners.isEmpty()) {
            loop.execute(this::look);
        }
    }

    private void look() {
        if (server.isDraining()) {
            return;
        }
        for (int broker : brokers.get()) {
            if (known.add(broker)) {
                listeners.forEach(listener -> bind(listener, broker));
            }
        }
        Loop.Timer unused = loop.schedule(LOOK_NANOS, this::look);
    }

    private void bind(Listener listener, int broker) {
        int port = listener.brokerPorts().base() + broker;
        if (port > MAX_PORT) {
            LOG.atError()
                    .addKeyValue("broker", broker)
                    .addKeyValue("port", port)
                    .log("Port of a broker exceeds 65535: lower broker.port.base");
            return;
        }
        BrokerPorts ports = new BrokerPorts(
                listener.brokerPorts().base(),
                OptionalInt.of(broker),
                listener.brokerPorts().commonPort());
        CompletableFuture<?> unused = server.bind(new Listener(
                        listener.name(), listener.host(), port, listener.advertised(), listener.sslConfigs(), ports))
                .whenComplete((bound, failure) -> {
                    if (failure != null) {
                        LOG.atError()
                                .addKeyValue("broker", broker)
                                .addKeyValue("port", port)
                                .setCause(failure)
                                .log("Port of a broker could not be bound");
                        loop.execute(() -> {
                            boolean ignored = known.remove(broker);
                        });
                    }
                });
    }
}
