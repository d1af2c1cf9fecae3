package io.narrows.router.upstream;

import com.codahale.metrics.Counter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The connections that all clients share, one per broker. A broker that throttles a client reads no more from its
 * connection for that time, for every client that sends on it. So clients that were throttled have connections of their own for a
 * while, and the shared one that it happened on is replaced: it ends when what was sent on it is answered. Owned by the
 * loop of its owner.
 */
final class SharedConnectionPool {
    /** The longest unthrottled loses its connections when there are more. */
    static final int MAX_THROTTLED_CLIENTS = 64;

    private static final long THROTTLED_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final BrokerConnection.Owner owner;
    private final Counter throttledClients;
    private final Map<Place, BrokerConnection> links = new HashMap<>();
    private final List<BrokerConnection> retired = new ArrayList<>();
    private final LinkedHashMap<String, Long> throttledAtNanos = new LinkedHashMap<>();
    private Map<InetSocketAddress, BrokerAddress> brokers = Map.of();

    /** Target and client of a connection. */
    private record Place(InetSocketAddress address, Users users) {}

    private sealed interface Users {
        record All() implements Users {}

        record One(String clientId) implements Users {}
    }

    /** {@code throttledClients} counts those that have connections of their own. */
    SharedConnectionPool(BrokerConnection.Owner owner, Counter throttledClients) {
        this.owner = owner;
        this.throttledClients = throttledClients;
    }

    /** The connection to the address for a client with this id. */
    BrokerConnection link(InetSocketAddress address, String clientId) {
        return links.computeIfAbsent(new Place(address, users(clientId)), place -> {
            BrokerConnection link = new BrokerConnection(owner, address);
            BrokerAddress broker = brokers.get(address);
            if (broker != null) {
                link.broker(broker);
            }
            return link;
        });
    }

    private Users users(String clientId) {
        Long atNanos = throttledAtNanos.get(clientId);
        if (atNanos == null) {
            return new Users.All();
        } else if (owner.loop().nanoTime() - atNanos > THROTTLED_NANOS) {
            forget(clientId);
            return new Users.All();
        }
        return new Users.One(clientId);
    }

    /** The broker at the other end has throttled the client and reads nothing for a while. */
    void throttled(BrokerConnection link, String clientId) {
        boolean isNew = throttledAtNanos.remove(clientId) == null;
        throttledClients.inc(isNew ? 1 : 0);
        if (throttledAtNanos.size() >= MAX_THROTTLED_CLIENTS) {
            forget(throttledAtNanos.keySet().iterator().next());
        }
        throttledAtNanos.put(clientId, owner.loop().nanoTime());
        if (links.remove(new Place(link.address(), new Users.All()), link)) {
            retire(link);
        }
    }

    private void forget(String clientId) {
        throttledAtNanos.remove(clientId);
        throttledClients.dec();
        removeIf(place -> place.users().equals(new Users.One(clientId))).forEach(this::retire);
    }

    private void retire(BrokerConnection link) {
        retired.removeIf(BrokerConnection::isDown);
        retired.add(link);
        link.retire();
    }

    private List<BrokerConnection> removeIf(Predicate<Place> condition) {
        List<BrokerConnection> removed = new ArrayList<>();
        Iterator<Map.Entry<Place, BrokerConnection>> entries = links.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<Place, BrokerConnection> entry = entries.next();
            if (condition.test(entry.getKey())) {
                entries.remove();
                removed.add(entry.getValue());
            }
        }
        return removed;
    }

    /** Closes what leads to none of these brokers and none of the other addresses. */
    void brokers(Collection<BrokerAddress> now, Collection<InetSocketAddress> others) {
        Map<InetSocketAddress, BrokerAddress> byAddress = new HashMap<>();
        now.forEach(broker -> byAddress.put(broker.address(), broker));
        brokers = byAddress;
        Set<InetSocketAddress> used = new HashSet<>(others);
        used.addAll(byAddress.keySet());
        removeIf(place -> !used.contains(place.address())).forEach(link -> link.close("The broker has left"));
        links.forEach((place, link) -> {
            BrokerAddress broker = byAddress.get(place.address());
            if (broker != null) {
                link.broker(broker);
            }
        });
    }

    /** What brokers offered when they were last asked. */
    List<BrokerVersions> versions() {
        List<BrokerVersions> known = new ArrayList<>();
        for (BrokerConnection link : links.values()) {
            BrokerVersions versions = link.versions();
            if (versions != null) {
                known.add(versions);
            }
        }
        return List.copyOf(known);
    }

    void close(String reason) {
        removeIf(place -> true).forEach(link -> link.close(reason));
        retired.forEach(link -> link.close(reason));
        retired.clear();
    }
}
