package io.narrows.broker.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;
import static org.apache.kafka.common.config.ConfigDef.ValidString.in;

import io.narrows.relay.rpc.RelayProtocol;
import org.apache.kafka.common.config.ConfigDef;

/** The {@code narrows.relay.*} keys of a broker. Immutable. */
public final class RelayKeys {
    public static final String RELAY_LISTENER = "narrows.relay.listener";
    public static final String RELAY_ADVERTISED_LISTENER = "narrows.relay.advertised.listener";
    public static final String RELAY_MEMORY_BYTES = "narrows.relay.memory.bytes";
    public static final String RELAY_MAX_FRAME_BYTES = "narrows.relay.max.frame.bytes";
    public static final String RELAY_NETWORK_THREADS = "narrows.relay.network.threads";
    public static final String RELAY_HANDLER_THREADS = "narrows.relay.handler.threads";
    public static final String RELAY_SECURITY_PROTOCOL = "narrows.relay.security.protocol";
    public static final String RELAY_ALLOWED_PRINCIPALS = "narrows.relay.allowed.principals";
    /** Before Kafka's {@code ssl.*} keys: for the relay only. */
    public static final String RELAY_SSL_PREFIX = "narrows.relay.";

    public static final String RELAY_FETCH_TIMEOUT_MS = "narrows.relay.fetch.timeout.ms";

    private static final int MIB = 1 << 20;

    private RelayKeys() {}

    static void define(ConfigDef keys) {
        relay(keys);
        relaySecurity(keys);
    }

    private static void relay(ConfigDef keys) {
        keys.define(
                        RELAY_LISTENER,
                        STRING,
                        "",
                        HIGH,
                        "host:port at which this broker accepts batches from zone proxies. Empty: the relay is disabled.")
                .define(
                        RELAY_ADVERTISED_LISTENER,
                        STRING,
                        "",
                        HIGH,
                        "host:port that proxies connect to. Default: " + RELAY_LISTENER
                                + "; if its host is a wildcard, the host of the first advertised listener.")
                .define(
                        RELAY_MEMORY_BYTES,
                        LONG,
                        64L * MIB,
                        atLeast(MIB),
                        MEDIUM,
                        "Maximum memory of batches inside the relay. Beyond it, the broker stops reading from proxies. One quarter"
                                + " is reserved for batches larger than a frame, for which proxies queue. A batch larger"
                                + " than that quarter uses it alone. socket.request.max.bytes bounds the size of a batch,"
                                + " as on Kafka's own listeners.")
                .define(
                        RELAY_MAX_FRAME_BYTES,
                        INT,
                        RelayProtocol.DEFAULT_MAX_FRAME_BYTES,
                        between(RelayProtocol.MIN_MAX_FRAME_BYTES, 256 * MIB),
                        LOW,
                        "Maximum size of a frame from a proxy. Proxies split batches larger than half of it, or than 4 MiB.")
                .define(RELAY_NETWORK_THREADS, INT, 2, between(1, 64), LOW, "Network threads of the relay.")
                .define(RELAY_HANDLER_THREADS, INT, 4, between(1, 256), LOW, "Threads that append relayed batches.")
                .define(
                        RELAY_FETCH_TIMEOUT_MS,
                        INT,
                        5000,
                        between(100, 60_000),
                        LOW,
                        "Timeout for fetching the bytes of a pointer. After it the broker rejects the pointer, and the proxy "
                                + "sends the batch inline.");
    }

    private static void relaySecurity(ConfigDef keys) {
        keys.define(
                        RELAY_SECURITY_PROTOCOL,
                        STRING,
                        "PLAINTEXT",
                        in("PLAINTEXT", "SSL"),
                        HIGH,
                        "Security protocol of the relay. SSL uses Kafka's ssl.* settings; narrows.relay.ssl.* overrides them for "
                                + "the relay. Proxies must present a certificate unless narrows.relay.ssl.client.auth is "
                                + "none or requested. With PLAINTEXT, any process that can connect to the relay can produce "
                                + "as any principal.")
                .define(
                        RELAY_ALLOWED_PRINCIPALS,
                        STRING,
                        "",
                        HIGH,
                        "Principals that may connect to the relay, separated by semicolons, for example User:CN=proxy-a. A proxy "
                                + "acts on behalf of its clients, so allow only proxies. Empty: every principal with a "
                                + "trusted certificate.");
    }
}
