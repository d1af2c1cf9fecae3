package io.narrows.proxy.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.NO_DEFAULT_VALUE;

import io.narrows.relay.price.PriceBooks;
import io.narrows.router.policy.PathPolicy;
import io.narrows.router.produce.RouterConfig;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.NonEmptyString;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;

/** The keys of the proxy's properties file, with their documentation: the source of the reference page. */
public final class ProxyConfigKeys {
    static final String ZONE = "zone";
    static final String CLIENT_ZONE_SOURCES = "client.zone.sources";
    static final String CLIENT_ZONE_LISTENERS = "client.zone.listeners";
    static final String CLIENT_ZONE_CIDRS = "client.zone.cidrs";
    static final String CLIENT_ZONE_PATTERN = "client.zone.client.id.pattern";
    static final String BROKER_PORT_BASE = "broker.port.base";
    static final String NODE_ID = "node.id";
    static final String NODES = "advertised.nodes";
    static final String NODES_CLIENTS = "advertised.nodes.clients";
    static final String WRITER_ID = "writer.id";
    static final String GATEWAY_GROUP = "gateway.group";
    static final String GATEWAY_SESSION_TIMEOUT = "gateway.session.timeout.ms";
    static final String GATEWAY_HEARTBEAT_INTERVAL = "gateway.heartbeat.interval.ms";
    static final String LISTENERS = "listeners";
    static final String ADVERTISED_LISTENERS = "advertised.listeners";
    static final String PROTOCOL_MAP = "listener.security.protocol.map";
    static final String UPSTREAM_PROTOCOL = "upstream.security.protocol";
    static final String UPSTREAM_PREFIX = "upstream.";
    static final String BOOTSTRAP_SERVERS = "bootstrap.servers";
    static final String ADMIN_LISTENER = "admin.listener";

    static final String PATH_MODE = "path.mode";
    static final String PRICE_BOOK = "price.book";
    static final String REPLICATION_FACTOR = "replication.factor";
    static final String READING_ZONES = "reading.zones";
    static final String FLUSH_BYTES = "flush.bytes";
    static final String FLUSH_LINGER = "flush.linger.ms";
    static final String PUTS_IN_FLIGHT = "puts.in.flight";
    static final String PUTS_PER_SECOND = "puts.per.second";
    static final String LANE_IN_FLIGHT = "lane.max.in.flight";
    static final String RELAY_ENDPOINTS = "relay.endpoints";
    static final String RELAY_PROTOCOL = "relay.security.protocol";
    static final String RELAY_COMPRESSION = "relay.compression";

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
    static final String CLIENT_MAX_FETCH_BYTES = "client.max.fetch.bytes";
    static final String RECEIVE_TIMEOUT = "request.receive.timeout.ms";
    static final String SLOW_READER_TIMEOUT = "slow.reader.timeout.ms";
    static final String MAX_PENDING_WRITE = "slow.reader.max.bytes";
    static final String DRAIN_TIMEOUT = "drain.timeout.ms";

    private static final Range AT_LEAST_1 = Range.atLeast(1);
    private static final int MIB = 1 << 20;

    private ProxyConfigKeys() {}

    /** All keys, in the order of the reference page. */
    public static ConfigDef definition() {
        ConfigDef keys = new ConfigDef();
        identity(keys);
        virtualNodes(keys);
        clientZones(keys);
        gateway(keys);
        StoreKeys.define(keys);
        path(keys);
        sending(keys);
        limits(keys);
        connections(keys);
        clients(keys);
        tls(keys);
        upstream(keys);
        return keys;
    }

    private static void identity(ConfigDef keys) {
        keys.define(
                        ZONE,
                        ConfigDef.Type.STRING,
                        NO_DEFAULT_VALUE,
                        new NonEmptyString(),
                        HIGH,
                        "The availability zone this proxy runs in, as brokers name it in broker.rack. Batches for"
                                + " leaders of this zone do not need to take the way through the object store.")
                .define(
                        BOOTSTRAP_SERVERS,
                        ConfigDef.Type.LIST,
                        NO_DEFAULT_VALUE,
                        HIGH,
                        "Brokers (host:port) from which the proxy learns the rest of the cluster.")
                .define(
                        LISTENERS,
                        ConfigDef.Type.LIST,
                        "PLAINTEXT://localhost:9092",
                        HIGH,
                        "Where clients connect: NAME://host:port, several separated by commas. An empty host listens"
                                + " on all interfaces; port 0 takes a free one.")
                .define(
                        ADVERTISED_LISTENERS,
                        ConfigDef.Type.LIST,
                        "",
                        HIGH,
                        "What clients of each listener are told to connect to: NAME://host:port. A listener that is"
                                + " not named here advertises its own host and port, so it must be set where clients"
                                + " reach the proxy by another name.")
                .define(
                        PROTOCOL_MAP,
                        ConfigDef.Type.LIST,
                        "PLAINTEXT:PLAINTEXT,SSL:SSL",
                        MEDIUM,
                        "The protocol of each listener name: NAME:PLAINTEXT or NAME:SSL.")
                .define(
                        ADMIN_LISTENER,
                        ConfigDef.Type.STRING,
                        "",
                        MEDIUM,
                        "host:port of the HTTP endpoint with /metrics, /healthz, /readyz and /status; empty for none."
                                + " It has no authentication: keep it on a private address.")
                .define(
                        WRITER_ID,
                        ConfigDef.Type.STRING,
                        "",
                        MEDIUM,
                        "Names this proxy in the object store and to leaders: up to 32 of a-z, 0-9, '.', '_' and '-'."
                                + " No two proxies of a cluster may share it. Empty: made from zone, host name and"
                                + " listeners.");
    }

    private static void virtualNodes(ConfigDef keys) {
        keys.define(
                        BROKER_PORT_BASE,
                        ConfigDef.Type.LIST,
                        "",
                        LOW,
                        "Ports of single brokers, as NAME:port for listeners: broker N is shown at port + N. A few requests"
                                + " name their broker by its address alone (log directories, lists of transactions by"
                                + " broker); without such ports the first are not served and lists are the whole"
                                + " cluster's from every node.")
                .define(
                        NODE_ID,
                        ConfigDef.Type.INT,
                        1000,
                        Range.atLeast(0),
                        LOW,
                        "The first broker id under which clients see this proxy.")
                .define(
                        NODES,
                        ConfigDef.Type.INT,
                        6,
                        Range.between(1, 64),
                        LOW,
                        "As how many brokers clients see this proxy, all at its address, with ids from node.id on. They"
                                + " share the partitions by leader: with as many nodes as brokers or more, what one client"
                                + " sends to a broker that stands still holds up nothing of what it sends to others. A"
                                + " client has a connection to each and limits the requests under way on each (a Java"
                                + " consumer to one fetch); twice as many nodes as brokers keep a busy client from waiting"
                                + " for the object store or for an answer's way through the proxy, at the price of"
                                + " connections.")
                .define(
                        NODES_CLIENTS,
                        ConfigDef.Type.LIST,
                        "apache-kafka-java",
                        LOW,
                        "The client software that sees several nodes, by the name that it gives in its ApiVersions request;"
                                + " a name that ends in * stands for all that begin like it. Everybody else sees one node:"
                                + " librdkafka and kafkajs, among others, take all nodes at one address for the same"
                                + " broker and neither send nor read what belongs to the others.");
    }

    private static void clientZones(ConfigDef keys) {
        keys.define(
                        CLIENT_ZONE_SOURCES,
                        ConfigDef.Type.LIST,
                        "",
                        LOW,
                        "Who says in which zone a client is, in this order: some of listener, cidr, rack (client.rack) and"
                                + " client-id. The first that says something is believed. Clients in another zone than the"
                                + " proxy's show in metrics and in /status; they are served like all others. Empty: nobody"
                                + " asks.")
                .define(
                        CLIENT_ZONE_LISTENERS,
                        ConfigDef.Type.LIST,
                        "",
                        LOW,
                        "Zones of clients by listener, as NAME=zone.")
                .define(
                        CLIENT_ZONE_CIDRS,
                        ConfigDef.Type.LIST,
                        "",
                        LOW,
                        "Zones of clients by their address, as 10.1.0.0/16=zone or fd00:1::/32=zone; the longest prefix"
                                + " counts.")
                .define(
                        CLIENT_ZONE_PATTERN,
                        ConfigDef.Type.STRING,
                        "(?:^|[;\\s])zone=([A-Za-z0-9._-]+)",
                        LOW,
                        "A regular expression that finds a zone in a client id, as its first group.");
    }

    private static void gateway(ConfigDef keys) {
        keys.define(
                        GATEWAY_GROUP,
                        ConfigDef.Type.STRING,
                        "",
                        MEDIUM,
                        "Proxies of a zone with the same name here share its partitions: each partition's batches meet in"
                                + " one of them, and clients see them all. They find each other as members of the Kafka"
                                + " group narrows-gateway.NAME.ZONE. Empty: this proxy is alone, as a sidecar is. With"
                                + " it, node.id defaults to ids made from writer.id.")
                .define(
                        GATEWAY_SESSION_TIMEOUT,
                        ConfigDef.Type.INT,
                        6_000,
                        Range.atLeast(1_000),
                        LOW,
                        "After so long without a sign of life of a proxy the others take its partitions over; brokers"
                                + " allow group.min.session.timeout.ms at the least. Also how long a proxy that cannot"
                                + " reach the group waits before it serves alone.")
                .define(
                        GATEWAY_HEARTBEAT_INTERVAL,
                        ConfigDef.Type.INT,
                        500,
                        Range.between(10, 60_000),
                        LOW,
                        "How often a proxy shows the group that it lives, and hears of changes; less than a third of"
                                + " gateway.session.timeout.ms.");
    }

    private static void path(ConfigDef keys) {
        keys.define(
                        PATH_MODE,
                        ConfigDef.Type.STRING,
                        "auto",
                        ValidString.in("auto", "staged", "direct"),
                        HIGH,
                        "How batches reach leaders in other zones. auto: by price, rate and health of the store;"
                                + " staged: through the store whenever that saves anything; direct: never through it.")
                .define(
                        PRICE_BOOK,
                        ConfigDef.Type.STRING,
                        PriceBooks.NAMES.get(0),
                        HIGH,
                        "Prices that path.mode=auto decides by: one of " + PriceBooks.NAMES
                                + ", or a YAML file with your own (docs/cost-report.md).")
                .define(
                        REPLICATION_FACTOR,
                        ConfigDef.Type.INT,
                        RouterConfig.DEFAULT_USAGE.replicationFactor(),
                        Range.between(1, 100),
                        LOW,
                        "The replication factor most topics have, for path.mode=auto.")
                .define(
                        READING_ZONES,
                        ConfigDef.Type.INT,
                        RouterConfig.DEFAULT_USAGE.readingZones(),
                        Range.between(PathPolicy.Usage.ALL_ZONES, 100),
                        LOW,
                        "In how many zones a topic is read usually, for path.mode=auto: each of them gets every object"
                                + " once. -1 for all zones that have brokers, 0 if nobody reads.")
                .define(
                        FLUSH_BYTES,
                        ConfigDef.Type.INT,
                        RouterConfig.DEFAULT_FLUSH_BYTES,
                        Range.between(64 << 10, 64 * MIB),
                        MEDIUM,
                        "A flush window of this size becomes a WAL object.")
                .define(
                        FLUSH_LINGER,
                        ConfigDef.Type.INT,
                        (int) TimeUnit.NANOSECONDS.toMillis(RouterConfig.DEFAULT_LINGER_NANOS),
                        Range.between(0, 10_000),
                        MEDIUM,
                        "How long a flush window that pays is held open for more. Longer means fewer, larger objects"
                                + " and a later acknowledgement.");
    }

    private static void sending(ConfigDef keys) {
        keys.define(
                        PUTS_IN_FLIGHT,
                        ConfigDef.Type.INT,
                        4,
                        Range.between(1, 64),
                        LOW,
                        "WAL objects uploaded at the same time.")
                .define(
                        PUTS_PER_SECOND,
                        ConfigDef.Type.DOUBLE,
                        20.0,
                        MEDIUM,
                        "Ceiling on PUTs per second, hence on their bill: 20 without a pause are about 260 $ a month.")
                .define(
                        LANE_IN_FLIGHT,
                        ConfigDef.Type.INT,
                        5,
                        Range.between(1, 5),
                        LOW,
                        "Unanswered batches of one client connection and partition; leaders remember five.")
                .define(
                        RELAY_ENDPOINTS,
                        ConfigDef.Type.LIST,
                        "",
                        LOW,
                        "Relay addresses of brokers, brokerId=host:port, in place of those the brokers publish.")
                .define(
                        RELAY_COMPRESSION,
                        ConfigDef.Type.STRING,
                        "zstd",
                        ValidString.in("zstd", "none"),
                        LOW,
                        "Compression of uncompressed batches on their way to a leader in another zone.");
    }

    private static void limits(ConfigDef keys) {
        keys.define(
                        BUFFER_MEMORY,
                        ConfigDef.Type.LONG,
                        128L * MIB,
                        AT_LEAST_1,
                        HIGH,
                        "Off-heap bytes for client requests that are not answered yet. When they are used up, client"
                                + " sockets are not read. At least socket.request.max.bytes.")
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
                        "The largest Produce request.")
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
                        Integer.MAX_VALUE,
                        AT_LEAST_1,
                        MEDIUM,
                        "Client connections at once from one address.")
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
                        "A client that leaves more bytes of responses than this unread is disconnected.")
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
                        CLIENT_MAX_FETCH_BYTES,
                        ConfigDef.Type.LONG,
                        32L * MIB,
                        AT_LEAST_1,
                        MEDIUM,
                        "Bytes of brokers' answers to a client's fetches that are in memory at once, over all its"
                                + " connections; a single answer may be larger. The last quarter of fetch.memory is shared"
                                + " like that of buffer.memory.");
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
                LOW,
                BrokerSecurityConfigs.SSL_PRINCIPAL_MAPPING_RULES_DOC);
    }

    private static void upstream(ConfigDef keys) {
        keys.define(
                        UPSTREAM_PROTOCOL,
                        ConfigDef.Type.STRING,
                        "PLAINTEXT",
                        ValidString.in("PLAINTEXT", "SSL"),
                        HIGH,
                        "PLAINTEXT or SSL: how the proxy connects to brokers' Kafka listeners. With SSL, upstream.ssl.* says"
                                + " whom it trusts and who it is.")
                .define(
                        RELAY_PROTOCOL,
                        ConfigDef.Type.STRING,
                        "PLAINTEXT",
                        ValidString.in("PLAINTEXT", "SSL"),
                        HIGH,
                        "PLAINTEXT or SSL: how the proxy connects to leaders' relays; as their"
                                + " narrows.relay.security.protocol says. With SSL, upstream.ssl.* is used here too, and"
                                + " leaders can tell the proxy by its certificate.");
        keys.embed(UPSTREAM_PREFIX, "", 0, new ConfigDef().withClientSslSupport());
    }

    /** The keys that go to Kafka's own TLS engine. */
    static List<String> tlsKeys() {
        ConfigDef keys = new ConfigDef();
        tls(keys);
        return List.copyOf(keys.names());
    }
}
