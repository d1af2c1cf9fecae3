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

/** Keys of the admin endpoint, and what they say. Stateless. */
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
                        "host:port of the HTTP endpoint with /metrics, /healthz, /readyz and /status; empty for none."
                                + " Bind a private address, and set admin.token where others can reach it.")
                .define(
                        ADMIN_TOKEN,
                        ConfigDef.Type.PASSWORD,
                        "",
                        MEDIUM,
                        "What Authorization: Bearer must carry to read the admin endpoint, or file:PATH of a file that"
                                + " holds it. Empty: everybody may read it.")
                .define(
                        ADMIN_OPEN_PATHS,
                        ConfigDef.Type.LIST,
                        "/healthz,/readyz",
                        LOW,
                        "Pages of the admin endpoint that are read without admin.token, for probes.")
                .define(
                        ADMIN_PROTOCOL,
                        ConfigDef.Type.STRING,
                        "PLAINTEXT",
                        ValidString.in("PLAINTEXT", "SSL"),
                        LOW,
                        "PLAINTEXT or SSL: how the admin endpoint is served. SSL uses the keys of ssl.keystore.*, as"
                                + " listeners do.");
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
