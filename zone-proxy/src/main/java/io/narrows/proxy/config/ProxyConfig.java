package io.narrows.proxy.config;

import io.narrows.proxy.api.ClusterApis;
import io.narrows.proxy.gateway.GatewaySettings;
import io.narrows.proxy.server.KafkaServer;
import io.narrows.proxy.server.Listener;
import io.narrows.proxy.zone.ZoneRules;
import io.narrows.relay.memory.ClientMemory;
import io.narrows.relay.price.PriceBook;
import io.narrows.relay.rpc.WireCompression;
import io.narrows.relay.store.S3Settings;
import io.narrows.router.policy.PathMode;
import io.narrows.router.policy.PathPolicy;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The whole configuration of a proxy, checked. Immutable. */
public record ProxyConfig(
        Identity identity,
        List<Listener> listeners,
        ZoneRules clientZones,
        Upstream upstream,
        S3Settings s3,
        PathSettings path,
        RelaySettings relay,
        ServerSettings server,
        ClusterApis clusterApis,
        Optional<GatewaySettings> gateway) {
    public ProxyConfig {
        listeners = List.copyOf(listeners);
    }

    /** Who the proxy is: to clients by node ids, to leaders and in the object store by writer. */
    public record Identity(String zone, int nodeId, int nodes, List<String> severalNodesFor, String writer) {
        public Identity {
            severalNodesFor = List.copyOf(severalNodesFor);
        }
    }

    /** How a batch's path is chosen, and what flush windows and PUTs may be like. */
    public record PathSettings(
            PathMode mode,
            PriceBook prices,
            PathPolicy.Usage usage,
            Flush flush,
            double bypassShare,
            int s3LatencyBoundMs) {
        /** Flush windows and their PUTs. */
        public record Flush(int bytes, int lingerMs, int putsInFlight, double putsPerSecond, int laneMaxInFlight) {}
    }

    /**
     * How the proxy connects to brokers.
     *
     * @param kafkaTls whether to their Kafka listeners with TLS
     * @param relayTls whether to their relays with TLS
     * @param ssl Kafka's {@code ssl.*} settings for both
     */
    public record Upstream(
            List<InetSocketAddress> bootstrapServers, boolean kafkaTls, boolean relayTls, Map<String, ?> ssl) {
        public Upstream {
            bootstrapServers = List.copyOf(bootstrapServers);
            ssl = Map.copyOf(ssl);
        }
    }

    /** Relay endpoints by broker id, in place of published ones, and the compression across zones. */
    public record RelaySettings(Map<Integer, InetSocketAddress> endpoints, WireCompression compression) {
        public RelaySettings {
            endpoints = Map.copyOf(endpoints);
        }
    }

    /**
     * The admin endpoint.
     *
     * @param tls Kafka's {@code ssl.*} settings; empty: plain text
     * @param token empty: none is needed
     * @param openPaths that need no token
     */
    public record AdminSettings(
            InetSocketAddress address, Optional<Map<String, ?>> tls, String token, Set<String> openPaths) {
        @Override
        public String toString() {
            return "admin endpoint at " + address;
        }
    }

    /** The server side: bounds, memory, time limits, threads, admin endpoint. */
    public record ServerSettings(
            KafkaServer.Limits limits,
            ClientMemory.Limits memory,
            ClientMemory.Limits fetchMemory,
            int fetchSessions,
            int requestTimeoutMs,
            long drainTimeoutMs,
            int networkThreads,
            Optional<AdminSettings> admin) {
        public long bufferMemory() {
            return memory.memoryBytes();
        }
    }
}
