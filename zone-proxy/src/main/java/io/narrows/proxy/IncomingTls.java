package io.narrows.proxy;

import io.narrows.relay.net.TlsEngines;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;

/** TLS of the admin endpoint, from {@code ssl.*}. Stateless. */
final class IncomingTls {
    private IncomingTls() {}

    /** Loads keys and certificates; throws Kafka's configuration errors. */
    static TlsEngines of(Map<String, ?> configs) {
        DefaultSslEngineFactory factory = new DefaultSslEngineFactory();
        factory.configure(configs);
        if (factory.keystore() == null) {
            throw new ConfigException(
                    "set ssl.keystore.location, or ssl.keystore.key with ssl.keystore.certificate.chain,"
                            + " for admin.security.protocol=SSL: without a key every connection to the admin endpoint fails");
        }
        return factory::createServerSslEngine;
    }
}
