package io.narrows.proxy.server;

import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.jspecify.annotations.Nullable;

/** TLS of one listener, from Kafka's own {@code ssl.*} settings; nothing on a plaintext listener. Any thread. */
final class TlsEngines {
    private static final long HANDSHAKE_LIMIT_MS = TimeUnit.SECONDS.toMillis(10);
    private static final String DEFAULT_RULES = "DEFAULT";

    private final @Nullable DefaultSslEngineFactory factory;
    private final String principalMappingRules;

    private TlsEngines(@Nullable DefaultSslEngineFactory factory, String principalMappingRules) {
        this.factory = factory;
        this.principalMappingRules = principalMappingRules;
    }

    /** Loads keys and certificates; throws Kafka's configuration errors. */
    static TlsEngines of(Listener listener) {
        if (listener.sslConfigs().isEmpty()) {
            return new TlsEngines(null, DEFAULT_RULES);
        }
        Map<String, ?> configs = listener.sslConfigs().get();
        DefaultSslEngineFactory factory = new DefaultSslEngineFactory();
        factory.configure(configs);
        Object rules = configs.get(BrokerSecurityConfigs.SSL_PRINCIPAL_MAPPING_RULES_CONFIG);
        return new TlsEngines(factory, rules == null ? DEFAULT_RULES : rules.toString());
    }

    boolean enabled() {
        return factory != null;
    }

    String principalMappingRules() {
        return principalMappingRules;
    }

    void addTo(SocketChannel channel) {
        if (factory == null) {
            return;
        }
        SSLEngine engine = factory.createServerSslEngine(
                channel.remoteAddress().getHostString(), channel.remoteAddress().getPort());
        SslHandler handler = new SslHandler(engine);
        handler.setHandshakeTimeoutMillis(HANDSHAKE_LIMIT_MS);
        channel.pipeline().addLast(handler);
    }
}
