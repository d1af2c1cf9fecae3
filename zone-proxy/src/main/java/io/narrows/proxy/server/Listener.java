package io.narrows.proxy.server;

import io.narrows.proxy.metadata.Endpoint;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One address that clients connect to.
 *
 * @param port 0 binds a free one
 * @param advertised what clients are told; null: the bound port on the bind address's host
 * @param sslConfigs Kafka's {@code ssl.*} settings for a listener with TLS, empty for plaintext
 * @param brokerPorts what it has to do with ports of single brokers
 */
public record Listener(
        String name,
        String host,
        int port,
        @Nullable Endpoint advertised,
        Optional<Map<String, ?>> sslConfigs,
        BrokerPorts brokerPorts) {
    /** Brokers have no ports of their own. */
    public Listener(
            String name, String host, int port, @Nullable Endpoint advertised, Optional<Map<String, ?>> sslConfigs) {
        this(name, host, port, advertised, sslConfigs, BrokerPorts.NONE);
    }

    /** The same, bound. */
    public Listener boundTo(int boundPort) {
        return new Listener(
                name,
                host,
                port,
                advertised,
                sslConfigs,
                new BrokerPorts(brokerPorts.base(), brokerPorts.means(), boundPort));
    }

    /**
     * What clients are told once the listener is bound.
     *
     * @param localHost the address at which a client has reached it
     * @param boundPort the port of the listener without a broker
     */
    public Endpoint advertisedAt(String localHost, int boundPort) {
        String shown = advertised == null ? localHost : advertised.host();
        int shownPort = advertised == null || advertised.port() == 0 ? boundPort : advertised.port();
        return new Endpoint(shown, shownPort, brokerPorts.base());
    }
}
