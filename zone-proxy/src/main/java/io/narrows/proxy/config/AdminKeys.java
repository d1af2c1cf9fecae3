package io.narrows.proxy.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

import io.narrows.relay.SecretText;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** Keys of the admin endpoint, and their parser. Stateless. */
final class AdminKeys {
    static final String ADMIN_LISTENER = "admin.listener";
    private static final String ADMIN_PROTOCOL = "admin.security.protocol";
    private static final String ADMIN_TOKEN = "admin.token";
    private static final String ADMIN_OPEN_PATHS = "admin.open.paths";

    private AdminKeys() {}

    static void define(ConfigDef keys) {
        keys.define(
                        ADMIN_LISTENER,
                        ConfigDef.Type.STRING,
                        "",
                        MEDIUM,
                        "host:port of the HTTP endpoint with /metrics, /healthz, /readyz and /status."
                                + " Empty: no endpoint. Bind a private address, and set admin.token where untrusted"
                                + " hosts can connect.")
                .define(
                        ADMIN_TOKEN,
                        ConfigDef.Type.PASSWORD,
                        "",
                        MEDIUM,
                        "Bearer token that requests to the admin endpoint must send, or file:PATH of a"
                                + " file with the token. Empty: no authentication.")
                .define(
                        ADMIN_OPEN_PATHS,
                        ConfigDef.Type.LIST,
                        "/healthz,/readyz",
                        LOW,
                        "Pages of the admin endpoint that need no admin.token, for probes.")
                .define(
                        ADMIN_PROTOCOL,
                        ConfigDef.Type.STRING,
                        "PLAINTEXT",
                        ValidString.in("PLAINTEXT", "SSL"),
                        LOW,
                        "Security protocol of the admin endpoint, PLAINTEXT or SSL. SSL uses the"
                                + " ssl.keystore.* keys, as client listeners do.");
    }

    static Optional<ProxyConfig.AdminSettings> read(AbstractConfig config, Addresses addresses) {
        Optional<Map<String, ?>> tls = config.getString(ADMIN_PROTOCOL).equals("SSL")
                ? Optional.of(ConfigValues.tlsConfigs(config))
                : Optional.empty();
        try {
            String token =
                    SecretText.of(ADMIN_TOKEN, config.getPassword(ADMIN_TOKEN).value());
            Set<String> open = Set.copyOf(config.getList(ADMIN_OPEN_PATHS));
            return addresses.admin().map(address -> new ProxyConfig.AdminSettings(address, tls, token, open));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(e.getMessage());
        }
    }
}
