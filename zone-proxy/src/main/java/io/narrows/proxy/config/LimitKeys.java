package io.narrows.proxy.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Range;

/** Keys of the limits on clients: memory, time, connections. Immutable. */
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
        shutdown(keys);
        clients(keys);
    }

    private static void limits(ConfigDef keys) {
        keys.define(
                        BUFFER_MEMORY,
                        ConfigDef.Type.LONG,
                        128L * MIB,
                        AT_LEAST_1,
                        HIGH,
                        "Off-heap memory for client requests that are in flight. A request reserves"
                                + " memory as its bytes arrive, at most twice what has arrived. When all memory is"
                                + " reserved, client sockets are not read. At least socket.request.max.bytes.")
                .define(
                        FETCH_MEMORY,
                        ConfigDef.Type.LONG,
                        64L * MIB,
                        AT_LEAST_1,
                        MEDIUM,
                        "Off-heap memory for fetch responses from brokers. When all of it is reserved, or"
                                + " a client has reserved client.max.fetch.bytes, the sockets of brokers are not"
                                + " read.")
                .define(
                        FETCH_SESSIONS,
                        ConfigDef.Type.INT,
                        1000,
                        Range.atLeast(0),
                        LOW,
                        "Maximum number of incremental fetch sessions (KIP-227), with 200 partitions each"
                                + " on average. Other clients send full requests.")
                .define(
                        MAX_REQUEST,
                        ConfigDef.Type.INT,
                        100 * MIB,
                        Range.atLeast(1024),
                        MEDIUM,
                        "Maximum size of a Produce request, and so of a batch. A larger request closes"
                                + " its connection. A batch occupies buffer.memory until it is acknowledged, so"
                                + " buffer.memory bounds it, too. Leaders accept batches up to"
                                + " socket.request.max.bytes of the broker.")
                .define(
                        MAX_CONTROL_REQUEST,
                        ConfigDef.Type.INT,
                        4 * MIB,
                        Range.atLeast(1024),
                        LOW,
                        "Maximum size of a request of any API other than Produce.")
                .define(
                        REQUEST_TIMEOUT,
                        ConfigDef.Type.INT,
                        30_000,
                        AT_LEAST_1,
                        MEDIUM,
                        "Deadline of every request. A Produce request gets REQUEST_TIMED_OUT after the"
                                + " smaller of this and its own timeout.")
                .define(
                        NETWORK_THREADS,
                        ConfigDef.Type.INT,
                        0,
                        Range.between(0, 1024),
                        LOW,
                        "Number of event loops for client connections. 0: one per processor, at least two.");
    }

    private static void connections(ConfigDef keys) {
        keys.define(
                        MAX_CONNECTIONS,
                        ConfigDef.Type.INT,
                        10_000,
                        AT_LEAST_1,
                        MEDIUM,
                        "Maximum number of concurrent client connections.")
                .define(
                        MAX_CONNECTIONS_PER_IP,
                        ConfigDef.Type.INT,
                        0,
                        Range.atLeast(0),
                        MEDIUM,
                        "Maximum number of concurrent client connections from one IP address. 0: three"
                                + " quarters of max.connections, so that one address leaves connections for others."
                                + " A client opens one connection for each node that it knows, and one more.")
                .define(
                        MAX_IDLE,
                        ConfigDef.Type.LONG,
                        TimeUnit.MINUTES.toMillis(10),
                        AT_LEAST_1,
                        MEDIUM,
                        "A connection without requests for this time is closed.")
                .define(
                        MAX_OUTSTANDING_REQUESTS,
                        ConfigDef.Type.INT,
                        64,
                        AT_LEAST_1,
                        LOW,
                        "Maximum number of requests in flight on one connection. At the limit, the"
                                + " connection is not read.")
                .define(
                        MAX_OUTSTANDING_BYTES,
                        ConfigDef.Type.LONG,
                        32L * MIB,
                        AT_LEAST_1,
                        LOW,
                        "Maximum bytes of requests in flight on one connection. At the limit, the"
                                + " connection is not read.")
                .define(
                        RECEIVE_TIMEOUT,
                        ConfigDef.Type.LONG,
                        TimeUnit.SECONDS.toMillis(60),
                        AT_LEAST_1,
                        LOW,
                        "Maximum time from the first to the last byte of a request.")
                .define(
                        SLOW_READER_TIMEOUT,
                        ConfigDef.Type.LONG,
                        TimeUnit.SECONDS.toMillis(60),
                        AT_LEAST_1,
                        LOW,
                        "A client that reads no bytes of its responses for this time is disconnected.")
                .define(
                        MAX_PENDING_WRITE,
                        ConfigDef.Type.LONG,
                        64L * MIB,
                        AT_LEAST_1,
                        LOW,
                        "A client with more unread bytes of responses than this is disconnected. A single"
                                + " response may be larger. The same bound applies to the unread responses without"
                                + " records of all clients together. Beyond it, the client that has read nothing for"
                                + " the longest time is disconnected.");
    }

    private static void shutdown(ConfigDef keys) {
        keys.define(
                DRAIN_TIMEOUT,
                ConfigDef.Type.LONG,
                TimeUnit.SECONDS.toMillis(20),
                Range.atLeast(0),
                MEDIUM,
                "Maximum time that a stopping proxy waits for requests in flight.");
    }

    private static void clients(ConfigDef keys) {
        keys.define(
                        CLIENT_MAX_REQUESTS,
                        ConfigDef.Type.INT,
                        1_000,
                        AT_LEAST_1,
                        LOW,
                        "Maximum number of requests in flight of one client: all connections from one"
                                + " host with the same principal and client id. At the limit, its connections are"
                                + " not read.")
                .define(
                        CLIENT_MAX_BYTES,
                        ConfigDef.Type.LONG,
                        64L * MIB,
                        AT_LEAST_1,
                        MEDIUM,
                        "Maximum bytes of requests in flight of one client. At the limit, its connections"
                                + " are not read. The last quarter of buffer.memory is reserved for clients below"
                                + " their fair share.")
                .define(
                        ADDRESS_MAX_BYTES,
                        ConfigDef.Type.LONG,
                        0L,
                        Range.atLeast(0),
                        MEDIUM,
                        "Maximum bytes of requests, received in part or in flight, of all clients of one"
                                + " IP address. At the limit, their connections are not read; a single request may"
                                + " be larger. 0: three quarters of buffer.memory, so that one address leaves"
                                + " memory for others, independently of client ids.")
                .define(
                        CLIENT_MAX_FETCH_BYTES,
                        ConfigDef.Type.LONG,
                        32L * MIB,
                        AT_LEAST_1,
                        MEDIUM,
                        "Maximum bytes of fetch responses in memory for one client, over all its"
                                + " connections. A single response may be larger. The last quarter of fetch.memory"
                                + " is reserved for clients below their fair share.");
    }
}
