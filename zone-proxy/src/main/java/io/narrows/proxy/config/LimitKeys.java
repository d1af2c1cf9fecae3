package io.narrows.proxy.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Range;

/** Keys of what clients may take of a proxy: memory, time, connections. Immutable. */
final class LimitKeys {
    static final String BUFFER_MEMORY = "buffer.memory";
    static final String FETCH_SESSIONS = "fetch.sessions";
    static final String FETCH_MEMORY = "fetch.memory";
    static final String REQUEST_TIMEOUT = "request.timeout.ms";
    static final String NETWORK_THREADS = "network.threads";
    static final String MAX_CONNECTIONS = "max.connections";
    static final String MAX_CONNECTIONS_PER_IP = "max.connections.per.ip";
    static final String MAX_IDLE = "connections.max.idle.ms";
    static final String MAX_REQUEST = "socket.request.max.bytes";
    static final String MAX_CONTROL_REQUEST = "control.request.max.bytes";
    static final String MAX_OUTSTANDING_REQUESTS = "connection.max.outstanding.requests";
    static final String MAX_OUTSTANDING_BYTES = "connection.max.outstanding.bytes";
    static final String CLIENT_MAX_REQUESTS = "client.max.outstanding.requests";
    static final String CLIENT_MAX_BYTES = "client.max.outstanding.bytes";
    static final String ADDRESS_MAX_BYTES = "address.max.outstanding.bytes";
    static final String CLIENT_MAX_FETCH_BYTES = "client.max.fetch.bytes";
    static final String RECEIVE_TIMEOUT = "request.receive.timeout.ms";
    static final String SLOW_READER_TIMEOUT = "slow.reader.timeout.ms";
    static final String MAX_PENDING_WRITE = "slow.reader.max.bytes";
    static final String DRAIN_TIMEOUT = "drain.timeout.ms";

    private static final Range AT_LEAST_1 = Range.atLeast(1);
    private static final int MIB = 1 << 20;

    private LimitKeys() {}

    static void define(ConfigDef keys) {
        limits(keys);
        connections(keys);
        clients(keys);
    }

    private static void limits(ConfigDef keys) {
        keys.define(
                        BUFFER_MEMORY,
                        ConfigDef.Type.LONG,
                        128L * MIB,
                        AT_LEAST_1,
                        HIGH,
                        "Off-heap bytes for client requests that are not answered yet. A request takes them as its bytes"
                                + " arrive, at most twice what has arrived. When they are used up, client sockets are"
                                + " not read. At least socket.request.max.bytes.")
                .define(
                        FETCH_MEMORY,
                        ConfigDef.Type.LONG,
                        64L * MIB,
                        AT_LEAST_1,
                        MEDIUM,
                        "Off-heap bytes for brokers' answers to consumers. When they are used up, or a client has its share"
                                + " (client.max.fetch.bytes), brokers' sockets are not read.")
                .define(
                        FETCH_SESSIONS,
                        ConfigDef.Type.INT,
                        1000,
                        Range.atLeast(0),
                        LOW,
                        "How many clients may have an incremental fetch session (KIP-227), with 200 partitions each on"
                                + " average; the others send full requests.")
                .define(
                        MAX_REQUEST,
                        ConfigDef.Type.INT,
                        100 * MIB,
                        Range.atLeast(1024),
                        MEDIUM,
                        "The largest Produce request, and with it the largest batch: the connection of a larger one is closed."
                                + " A batch takes this much of buffer.memory until it is acknowledged, so buffer.memory bounds"
                                + " it, too. Leaders accept batches up to socket.request.max.bytes of the broker.")
                .define(
                        MAX_CONTROL_REQUEST,
                        ConfigDef.Type.INT,
                        4 * MIB,
                        Range.atLeast(1024),
                        LOW,
                        "The largest request of any other API.")
                .define(
                        REQUEST_TIMEOUT,
                        ConfigDef.Type.INT,
                        30_000,
                        AT_LEAST_1,
                        MEDIUM,
                        "No request takes longer: a Produce is answered with REQUEST_TIMED_OUT after the smaller of this"
                                + " and its own timeout.")
                .define(
                        NETWORK_THREADS,
                        ConfigDef.Type.INT,
                        0,
                        Range.between(0, 1024),
                        LOW,
                        "Event loops for client connections; 0: one per processor, at least two.");
    }

    private static void connections(ConfigDef keys) {
        keys.define(MAX_CONNECTIONS, ConfigDef.Type.INT, 10_000, AT_LEAST_1, MEDIUM, "Client connections at once.")
                .define(
                        MAX_CONNECTIONS_PER_IP,
                        ConfigDef.Type.INT,
                        0,
                        Range.atLeast(0),
                        MEDIUM,
                        "Client connections at once from one address; 0: three quarters of max.connections, so that one"
                                + " address leaves connections for others. A client has a connection for each node"
                                + " that it knows and one more.")
                .define(
                        MAX_IDLE,
                        ConfigDef.Type.LONG,
                        TimeUnit.MINUTES.toMillis(10),
                        AT_LEAST_1,
                        MEDIUM,
                        "A connection without requests for so long is closed.")
                .define(
                        MAX_OUTSTANDING_REQUESTS,
                        ConfigDef.Type.INT,
                        64,
                        AT_LEAST_1,
                        LOW,
                        "Unanswered requests of a connection at which it is not read further.")
                .define(
                        MAX_OUTSTANDING_BYTES,
                        ConfigDef.Type.LONG,
                        32L * MIB,
                        AT_LEAST_1,
                        LOW,
                        "Bytes of unanswered requests of a connection at which it is not read further.")
                .define(
                        RECEIVE_TIMEOUT,
                        ConfigDef.Type.LONG,
                        TimeUnit.SECONDS.toMillis(60),
                        AT_LEAST_1,
                        LOW,
                        "Time from the first to the last byte of a request.")
                .define(
                        SLOW_READER_TIMEOUT,
                        ConfigDef.Type.LONG,
                        TimeUnit.SECONDS.toMillis(60),
                        AT_LEAST_1,
                        LOW,
                        "A client that does not take its responses for so long is disconnected.")
                .define(
                        MAX_PENDING_WRITE,
                        ConfigDef.Type.LONG,
                        64L * MIB,
                        AT_LEAST_1,
                        LOW,
                        "A client that leaves more bytes of responses than this unread is disconnected; a single response"
                                + " may be larger. Responses without records that all clients together have not read have"
                                + " the same bound: beyond it the client that has taken none for longest is disconnected.")
                .define(
                        DRAIN_TIMEOUT,
                        ConfigDef.Type.LONG,
                        TimeUnit.SECONDS.toMillis(20),
                        Range.atLeast(0),
                        MEDIUM,
                        "How long a proxy that is told to stop waits for what is in flight.");
    }

    private static void clients(ConfigDef keys) {
        keys.define(
                        CLIENT_MAX_REQUESTS,
                        ConfigDef.Type.INT,
                        1_000,
                        AT_LEAST_1,
                        LOW,
                        "Unanswered requests of a client (all connections from one host with the same principal and client"
                                + " id) at which its connections are not read further.")
                .define(
                        CLIENT_MAX_BYTES,
                        ConfigDef.Type.LONG,
                        64L * MIB,
                        AT_LEAST_1,
                        MEDIUM,
                        "Bytes of unanswered requests of a client at which its connections are not read further. Below"
                                + " that, the last quarter of buffer.memory is for clients that hold less than their fair"
                                + " share of it.")
                .define(
                        ADDRESS_MAX_BYTES,
                        ConfigDef.Type.LONG,
                        0L,
                        Range.atLeast(0),
                        MEDIUM,
                        "Bytes of half-received and unanswered requests of all clients of one address, at which their"
                                + " connections are not read further; a single request may be larger. 0: three"
                                + " quarters of buffer.memory, so that one address leaves memory for others, whatever"
                                + " client ids it uses.")
                .define(
                        CLIENT_MAX_FETCH_BYTES,
                        ConfigDef.Type.LONG,
                        32L * MIB,
                        AT_LEAST_1,
                        MEDIUM,
                        "Bytes of brokers' answers to a client's fetches that are in memory at once, over all its"
                                + " connections; a single answer may be larger. The last quarter of fetch.memory is shared"
                                + " like that of buffer.memory.");
    }
}
