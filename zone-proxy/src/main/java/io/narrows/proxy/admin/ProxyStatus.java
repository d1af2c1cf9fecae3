package io.narrows.proxy.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.narrows.proxy.gateway.GatewayStatus;
import io.narrows.proxy.zone.ClientZones;
import io.narrows.relay.admin.Readiness;
import io.narrows.router.produce.RouterStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /status} shows; its JSON has the same names.
 *
 * @param notReady each condition that does not hold
 * @param warnings what is wrong although the proxy is ready
 * @param router null when the router did not answer in time
 * @param gateway null when the proxy is alone by configuration
 */
public record ProxyStatus(
        String version,
        String state,
        boolean ready,
        List<Readiness.Reason> notReady,
        List<Readiness.Reason> warnings,
        Identity identity,
        List<String> listeners,
        Topology topology,
        Clients clients,
        @Nullable RouterStatus router,
        @Nullable GatewayStatus gateway) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    public String json() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("invariant violated: a status is plain data", e);
        }
    }

    /** Who the proxy is. */
    public record Identity(String zone, int nodeId, String writer, long incarnation) {}

    /** The cluster behind the proxy. */
    public record Topology(String clusterId, int controllerId, List<Broker> brokers, int topics) {}

    /** {@code relay} is null for a broker without one. */
    public record Broker(
            int id,
            String host,
            int port,
            String zone,
            @Nullable String relay) {}

    /** The clients' side. */
    public record Clients(
            int connections,
            long memoryUsedBytes,
            long memoryLimitBytes,
            int waitingForMemory,
            ClientZones.Status zones) {}
}
