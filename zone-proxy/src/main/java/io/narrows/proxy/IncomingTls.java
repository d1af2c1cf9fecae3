package io.narrows.proxy;

import io.narrows.relay.net.TlsEngines;
import java.util.Map;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;

/** TLS of the admin endpoint, from {@code ssl.*}. Stateless. */
final class IncomingTls {
    private IncomingTls() {}

    /** Loads keys and certificates; throws Kafka's configuration errors. */
    static TlsEngines of(Map<String, ?> configs) {
        DefaultSslEngineFactory factory = new DefaultSslEngineFactory();
        factory.configure(configs);
        return factory::createServerSslEngine;
    }
}
