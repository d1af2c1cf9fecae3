package io.narrows.broker.server;

import io.narrows.broker.config.RelayKeys;
import io.narrows.broker.relay.PeerCheck;
import io.narrows.broker.relay.RelaySettings.Security;
import io.narrows.relay.net.TlsEngines;
import io.narrows.relay.rpc.RelaySession;
import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLSession;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.config.SslClientAuth;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SslAuthenticationContext;
import org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.apache.kafka.common.security.ssl.SslPrincipalMapper;
import org.jspecify.annotations.Nullable;

/**
 * TLS of the relay's listener and who may come in, from Kafka's own {@code ssl.*} settings, with those that begin with
 * {@code narrows.relay.} in front of them. Any thread.
 */
final class RelayTls implements PeerCheck {
    private static final String LISTENER = "NARROWS_RELAY";

    private final @Nullable DefaultSslEngineFactory factory;
    private final DefaultKafkaPrincipalBuilder principals;
    private final Set<String> allowed;

    private RelayTls(@Nullable DefaultSslEngineFactory factory, String mappingRules, Set<String> allowed) {
        this.factory = factory;
        this.principals = new DefaultKafkaPrincipalBuilder(null, SslPrincipalMapper.fromRules(mappingRules));
        this.allowed = allowed;
    }

    /** Loads keys and certificates; throws Kafka's configuration errors. */
    static RelayTls of(KafkaConfig config, Security security) {
        Map<String, Object> settings = config.valuesWithPrefixOverride(RelayKeys.RELAY_SSL_PREFIX);
        Object rules = settings.get(BrokerSecurityConfigs.SSL_PRINCIPAL_MAPPING_RULES_CONFIG);
        DefaultSslEngineFactory factory = null;
        if (security.tls()) {
            String clientAuth = BrokerSecurityConfigs.SSL_CLIENT_AUTH_CONFIG;
            if (!config.originals().containsKey(RelayKeys.RELAY_SSL_PREFIX + clientAuth)) {
                settings.put(clientAuth, SslClientAuth.REQUIRED.toString());
            }
            factory = new DefaultSslEngineFactory();
            factory.configure(settings);
        }
        return new RelayTls(factory, rules == null ? "DEFAULT" : rules.toString(), security.allowedPrincipals());
    }

    /** Null: plain TCP. */
    @Nullable
    TlsEngines engines() {
        return factory == null ? null : factory::createServerSslEngine;
    }

    @Override
    public Optional<String> refusal(RelaySession session) {
        if (allowed.isEmpty()) {
            return Optional.empty();
        }
        KafkaPrincipal principal = session.tls()
                .map(tls -> principal(tls, session.remoteAddress().getAddress()))
                .orElse(KafkaPrincipal.ANONYMOUS);
        return allowed.contains(principal.toString())
                ? Optional.empty()
                : Optional.of(principal + " is not in " + RelayKeys.RELAY_ALLOWED_PRINCIPALS);
    }

    private KafkaPrincipal principal(SSLSession tls, InetAddress address) {
        return principals.build(new SslAuthenticationContext(tls, address, LISTENER));
    }
}
