package io.narrows.proxy;

import io.narrows.relay.net.TlsEngines;
import java.util.Map;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.jspecify.annotations.Nullable;

/** TLS of the proxy's connections to brokers, from {@code upstream.ssl.*}. Stateless. */
final class OutgoingTls {
    private OutgoingTls() {}

    /** Loads keys and certificates; throws Kafka's configuration errors. */
    static TlsEngines of(Map<String, ?> configs) {
        DefaultSslEngineFactory factory = new DefaultSslEngineFactory();
        factory.configure(configs);
        Object identification = configs.get(SslConfigs.SSL_ENDPOINT_IDENTIFICATION_ALGORITHM_CONFIG);
        String algorithm = identification == null ? "" : identification.toString();
        return (host, port) -> factory.createClientSslEngine(host, port, algorithm);
    }

    static @Nullable TlsEngines of(boolean wanted, Map<String, ?> configs) {
        return wanted ? of(configs) : null;
    }
}
