package io.narrows.proxy.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.security.ssl.SslPrincipalMapper;
import org.jspecify.annotations.Nullable;

/** Keys of TLS, on listeners and towards brokers. Immutable. */
final class TlsKeys {
    static final String UPSTREAM_PROTOCOL = "upstream.security.protocol";
    static final String UPSTREAM_PREFIX = "upstream.";
    static final String RELAY_PROTOCOL = "relay.security.protocol";

    private TlsKeys() {}

    static void define(ConfigDef keys) {
        tls(keys);
        upstream(keys);
    }

    private static void tls(ConfigDef keys) {
        keys.withClientSslSupport();
        keys.define(
                BrokerSecurityConfigs.SSL_CLIENT_AUTH_CONFIG,
                ConfigDef.Type.STRING,
                "none",
                ValidString.in("none", "requested", "required"),
                MEDIUM,
                BrokerSecurityConfigs.SSL_CLIENT_AUTH_DOC);
        keys.define(
                BrokerSecurityConfigs.SSL_PRINCIPAL_MAPPING_RULES_CONFIG,
                ConfigDef.Type.STRING,
                "DEFAULT",
                ConfigDef.LambdaValidator.with(
                        TlsKeys::checkMappingRules,
                        () -> "rules separated by commas, each RULE:pattern/replacement/[LU] or DEFAULT"),
                LOW,
                BrokerSecurityConfigs.SSL_PRINCIPAL_MAPPING_RULES_DOC);
    }

    /** Connections derive principals from these rules: a malformed rule would refuse every connection. */
    private static void checkMappingRules(String key, @Nullable Object value) {
        String rules = String.valueOf(value);
        try {
            SslPrincipalMapper unused = SslPrincipalMapper.fromRules(rules);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    key,
                    rules,
                    e.getMessage()
                            + "; write rules separated by commas, each RULE:pattern/replacement/[LU] or DEFAULT");
        }
    }

    private static void upstream(ConfigDef keys) {
        keys.define(
                        UPSTREAM_PROTOCOL,
                        ConfigDef.Type.STRING,
                        "PLAINTEXT",
                        ValidString.in("PLAINTEXT", "SSL"),
                        HIGH,
                        "Security protocol for connections to brokers' Kafka listeners, PLAINTEXT or SSL."
                                + " SSL uses the keys upstream.ssl.*.")
                .define(
                        RELAY_PROTOCOL,
                        ConfigDef.Type.STRING,
                        "PLAINTEXT",
                        ValidString.in("PLAINTEXT", "SSL"),
                        HIGH,
                        "Security protocol for connections to leaders' relays, PLAINTEXT or SSL; it must"
                                + " equal narrows.relay.security.protocol of the brokers. SSL uses the keys"
                                + " upstream.ssl.*, and leaders authenticate the proxy by its certificate.");
        keys.embed(UPSTREAM_PREFIX, "", 0, new ConfigDef().withClientSslSupport());
    }

    /** The keys that go to Kafka's own TLS engine. */
    static List<String> names() {
        ConfigDef keys = new ConfigDef();
        tls(keys);
        return List.copyOf(keys.names());
    }
}
