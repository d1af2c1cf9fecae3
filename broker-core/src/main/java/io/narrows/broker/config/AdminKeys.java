package io.narrows.broker.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.PASSWORD;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;
import static org.apache.kafka.common.config.ConfigDef.ValidString.in;

import org.apache.kafka.common.config.ConfigDef;

/** Keys of the admin endpoint of brokers and controllers. Immutable. */
public final class AdminKeys {
    public static final String ADMIN_LISTENER = "narrows.admin.listener";
    public static final String ADMIN_PROTOCOL = "narrows.admin.security.protocol";
    public static final String ADMIN_TOKEN = "narrows.admin.token";
    public static final String ADMIN_OPEN_PATHS = "narrows.admin.open.paths";

    /** Before Kafka's {@code ssl.*} keys: for the admin endpoint only. */
    public static final String ADMIN_SSL_PREFIX = "narrows.admin.";

    private AdminKeys() {}

    static void define(ConfigDef keys) {
        keys.define(
                        ADMIN_LISTENER,
                        STRING,
                        "",
                        MEDIUM,
                        "host:port of the admin HTTP endpoint with /metrics, /healthz, /readyz and /status, on brokers and "
                                + "controllers. Bind it to a private address, or set " + ADMIN_TOKEN
                                + ". Empty: the endpoint is disabled.")
                .define(
                        ADMIN_TOKEN,
                        PASSWORD,
                        "",
                        MEDIUM,
                        "Bearer token that requests to the admin endpoint must carry, or file:PATH of a file that contains "
                                + "it. Empty: no authentication.")
                .define(
                        ADMIN_OPEN_PATHS,
                        LIST,
                        "/healthz,/readyz",
                        LOW,
                        "Paths of the admin endpoint that need no " + ADMIN_TOKEN + ", for probes.")
                .define(
                        ADMIN_PROTOCOL,
                        STRING,
                        "PLAINTEXT",
                        in("PLAINTEXT", "SSL"),
                        LOW,
                        "Security protocol of the admin endpoint. SSL uses Kafka's ssl.* settings; narrows.admin.ssl.* overrides "
                                + "them for the endpoint. Clients need no certificate unless "
                                + "narrows.admin.ssl.client.auth is required.");
    }
}
