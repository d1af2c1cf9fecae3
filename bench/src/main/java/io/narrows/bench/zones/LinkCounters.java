package io.narrows.bench.zones;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.Map;

/** Reads the kernel's byte counters from what {@code ip -json -statistics link} prints. Stateless. */
final class LinkCounters {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private LinkCounters() {}

    /** Bytes that an interface has sent and received since it was made. */
    record Bytes(long sent, long received) {}

    /** Counters by interface name. */
    static Map<String, Bytes> parse(String json) {
        Map<String, Bytes> counters = new HashMap<>();
        try {
            for (JsonNode link : MAPPER.readTree(json)) {
                JsonNode statistics = link.path("stats64");
                JsonNode sent = statistics.path("tx").path("bytes");
                JsonNode received = statistics.path("rx").path("bytes");
                if (!sent.isIntegralNumber() || !received.isIntegralNumber()) {
                    throw new IllegalStateException(
                            "'ip' printed no 64-bit counters: iproute2 4.20 or newer is needed");
                }
                counters.put(link.path("ifname").asText(), new Bytes(sent.longValue(), received.longValue()));
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("'ip' printed no JSON: iproute2 4.20 or newer is needed", e);
        }
        return counters;
    }
}
