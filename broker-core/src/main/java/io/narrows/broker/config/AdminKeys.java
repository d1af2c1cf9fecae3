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
                        "host:port of the admin HTTP endpoint, with /metrics, /healthz, /readyz and /status; on controllers "
                                + "too. Bind a private address, and set " + ADMIN_TOKEN
                                + " where others can reach it. Empty: none.")
                .define(
                        ADMIN_TOKEN,
                        PASSWORD,
                        "",
                        MEDIUM,
                        "What Authorization: Bearer must carry to read the admin endpoint, or file:PATH of a file that "
                                + "holds it. Empty: everybody may read it.")
                .define(
                        ADMIN_OPEN_PATHS,
                        LIST,
                        "/healthz,/readyz",
                        LOW,
                        "Pages of the admin endpoint that are read without " + ADMIN_TOKEN + ", for probes.")
                .define(
                        ADMIN_PROTOCOL,
                        STRING,
                        "PLAINTEXT",
                        in("PLAINTEXT", "SSL"),
                        LOW,
                        "How the admin endpoint is served. SSL takes Kafka's ssl.* settings; narrows.admin.ssl.* in place of "
                                + "each for the endpoint alone. It asks for no certificate unless "
                                + "narrows.admin.ssl.client.auth says otherwise.");
    }
}
