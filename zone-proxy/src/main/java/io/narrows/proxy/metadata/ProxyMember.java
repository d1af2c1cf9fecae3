package io.narrows.proxy.metadata;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One proxy as clients see it: the brokers {@code firstNodeId} to {@code firstNodeId + nodes - 1}, all at the address that
 * belongs to the listener by which a client came. Immutable.
 *
 * @param id stable over restarts and unique in the cluster: the proxy's writer id
 * @param endpoints advertised address by name of the listener
 */
public record ProxyMember(String id, int firstNodeId, int nodes, Map<String, Endpoint> endpoints) {
    public ProxyMember {
        endpoints = Map.copyOf(endpoints);
    }

    public ProxyMember withFirstNodeId(int other) {
        return new ProxyMember(id, other, nodes, endpoints);
    }

    ProxyMember asOneNode() {
        return new ProxyMember(id, firstNodeId, 1, endpoints);
    }

    /** The name of the listener with this address, if there is one. */
    @Nullable
    String listenerAt(Endpoint endpoint) {
        return endpoints.entrySet().stream()
                .filter(listener -> listener.getValue().equals(endpoint))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }
}
