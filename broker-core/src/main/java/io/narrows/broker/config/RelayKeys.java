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
                        "host:port at which this broker takes batches from zone proxies. Empty: nowhere.")
                .define(
                        RELAY_ADVERTISED_LISTENER,
                        STRING,
                        "",
                        HIGH,
                        "host:port that proxies connect to. Default: " + RELAY_LISTENER
                                + ", with the host of the first advertised listener if that is a wildcard.")
                .define(
                        RELAY_MEMORY_BYTES,
                        LONG,
                        64L * MIB,
                        atLeast(MIB),
                        MEDIUM,
                        "Bound of the batches inside the relay; beyond it no more is read from proxies. A quarter of it is for"
                                + " batches larger than a frame: proxies wait for their turn there, and one that is larger"
                                + " than the quarter is in it alone. The largest batch is that of Kafka's own listener"
                                + " (socket.request.max.bytes).")
                .define(
                        RELAY_MAX_FRAME_BYTES,
                        INT,
                        RelayProtocol.DEFAULT_MAX_FRAME_BYTES,
                        between(RelayProtocol.MIN_MAX_FRAME_BYTES, 256 * MIB),
                        LOW,
                        "Largest frame that a proxy may send. Batches of more than half of it, or of 4 MiB, come in parts.")
                .define(RELAY_NETWORK_THREADS, INT, 2, between(1, 64), LOW, "Threads of the relay's connections.")
                .define(RELAY_HANDLER_THREADS, INT, 4, between(1, 256), LOW, "Threads that append relayed batches.")
                .define(
                        RELAY_FETCH_TIMEOUT_MS,
                        INT,
                        5000,
                        between(100, 60_000),
                        LOW,
                        "A pointer whose bytes are not there by then is refused; the proxy sends them inline.");
    }

    private static void relaySecurity(ConfigDef keys) {
        keys.define(
                        RELAY_SECURITY_PROTOCOL,
                        STRING,
                        "PLAINTEXT",
                        in("PLAINTEXT", "SSL"),
                        HIGH,
                        "Whether proxies connect with TLS. It takes Kafka's ssl.* settings; narrows.relay.ssl.* in place of "
                                + "one of them is for the relay only. Proxies must show a certificate unless "
                                + "narrows.relay.ssl.client.auth says otherwise. With PLAINTEXT, whoever can reach the relay "
                                + "can produce in anybody's name.")
                .define(
                        RELAY_ALLOWED_PRINCIPALS,
                        STRING,
                        "",
                        HIGH,
                        "Principals of the proxies, for example User:CN=proxy-a; separate several by semicolons, because names "
                                + "of certificates have commas. A proxy speaks for its clients, so others should not be "
                                + "able to connect as one. Empty: all whose certificate is trusted.");
    }
}
