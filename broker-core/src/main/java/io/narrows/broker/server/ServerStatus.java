package io.narrows.broker.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.narrows.relay.admin.Readiness;
import java.util.List;

/**
 * What {@code /status} of a broker or controller shows; its JSON has the same names.
 *
 * @param notReady why not; empty when ready
 * @param warnings what is wrong although the server is ready
 * @param relay where proxies connect; empty when nowhere
 * @param linksAllowed whether every server of the cluster understands links
 */
record ServerStatus(
        String state,
        boolean ready,
        String notReady,
        List<Readiness.Reason> warnings,
        Identity identity,
        String relay,
        boolean linksAllowed) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** Who the server is; {@code zone} is empty when it has none. */
    record Identity(int nodeId, String clusterId, List<String> roles, String zone) {}

    String json() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("invariant violated: the status cannot be written as JSON", e);
        }
    }
}
