package io.narrows.proxy.server;

import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.apache.kafka.common.security.ssl.SslPrincipalMapper;
import org.jspecify.annotations.Nullable;

/**
 * TLS of one listener, from Kafka's own {@code ssl.*} settings, and the rules that name its clients; no TLS on a plaintext
 * listener. Any thread.
 */
final class TlsEngines {
    private static final long HANDSHAKE_LIMIT_MS = TimeUnit.SECONDS.toMillis(10);
    private static final String DEFAULT_RULES = "DEFAULT";

    private final @Nullable DefaultSslEngineFactory factory;
    private final DefaultKafkaPrincipalBuilder principals;

    private TlsEngines(@Nullable DefaultSslEngineFactory factory, SslPrincipalMapper mapper) {
        this.factory = factory;
        this.principals = new DefaultKafkaPrincipalBuilder(null, mapper);
    }

    /** Loads keys and certificates and parses the mapping rules; throws Kafka's configuration errors. */
    static TlsEngines of(Listener listener) {
        if (listener.sslConfigs().isEmpty()) {
            return new TlsEngines(null, SslPrincipalMapper.fromRules(DEFAULT_RULES));
        }
        Map<String, ?> configs = listener.sslConfigs().get();
        DefaultSslEngineFactory factory = new DefaultSslEngineFactory();
        factory.configure(configs);
        tryOnce(factory);
        Object rules = configs.get(BrokerSecurityConfigs.SSL_PRINCIPAL_MAPPING_RULES_CONFIG);
        return new TlsEngines(factory, SslPrincipalMapper.fromRules(rules == null ? DEFAULT_RULES : rules.toString()));
    }

    /** Protocols and cipher suites are looked at when an engine is made: a wrong name would end every connection. */
    private static void tryOnce(DefaultSslEngineFactory factory) {
        try {
            SSLEngine unused = factory.createServerSslEngine("localhost", 0);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    "ssl.enabled.protocols or ssl.cipher.suites has a name that this Java does not support: "
                            + e.getMessage() + "; use names that the JDK's documentation lists");
        }
    }

    boolean enabled() {
        return factory != null;
    }

    /** Names a client by its certificate. */
    DefaultKafkaPrincipalBuilder principals() {
        return principals;
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
