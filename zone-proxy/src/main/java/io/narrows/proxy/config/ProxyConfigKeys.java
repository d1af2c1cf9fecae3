package io.narrows.proxy.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.NO_DEFAULT_VALUE;

import io.narrows.proxy.gateway.GatewaySettings;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.NonEmptyString;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;

/** The keys of the proxy's properties file, with their documentation: the source of the reference page. */
public final class ProxyConfigKeys {
    static final String ZONE = "zone";
    static final String CLIENT_ZONE_SOURCES = "client.zone.sources";
    static final String CLIENT_ZONE_LISTENERS = "client.zone.listeners";
    static final String CLIENT_ZONE_CIDRS = "client.zone.cidrs";
    static final String CLIENT_ZONE_PATTERN = "client.zone.client.id.pattern";
    static final String BROKER_PORT_BASE = "broker.port.base";
    /** Far from the ids that brokers have. */
    private static final int FIRST_NODE_ID = 1_000_000_000;

    /** Java clients know the connection to a coordinator by 2147483647 less its node's id. */
    private static final int MAX_NODE_ID = 1 << 30;

    static final String NODE_ID = "node.id";
    static final String NODES = "advertised.nodes";
    static final String NODES_CLIENTS = "advertised.nodes.clients";
    static final String WRITER_ID = "writer.id";
    static final String CLUSTER_APIS = "cluster.apis.allowed";
    static final String GATEWAY_GROUP = "gateway.group";
    static final String GATEWAY_OWNERS = "gateway.max.owners";
    static final String GATEWAY_AUTHENTICATION = "gateway.authentication";
    static final String GATEWAY_SECRETS = "gateway.secrets";
    static final String GATEWAY_ENDPOINTS = "gateway.member.endpoints";
    static final String GATEWAY_SESSION_TIMEOUT = "gateway.session.timeout.ms";
    static final String GATEWAY_HEARTBEAT_INTERVAL = "gateway.heartbeat.interval.ms";
    static final String LISTENERS = "listeners";
    static final String ADVERTISED_LISTENERS = "advertised.listeners";
    static final String PROTOCOL_MAP = "listener.security.protocol.map";
    static final String BOOTSTRAP_SERVERS = "bootstrap.servers";

    private ProxyConfigKeys() {}

    /** All keys, in the order of the reference page. */
    public static ConfigDef definition() {
        ConfigDef keys = new ConfigDef();
        identity(keys);
        AdminKeys.define(keys);
        clusterApis(keys);
        virtualNodes(keys);
        clientZones(keys);
        gateway(keys);
        gatewayTrust(keys);
        StoreKeys.define(keys);
        PathKeys.define(keys);
        LimitKeys.define(keys);
        TlsKeys.define(keys);
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
                        WRITER_ID,
                        ConfigDef.Type.STRING,
                        "",
                        MEDIUM,
                        "Names this proxy in the object store and to leaders: up to 32 of a-z, 0-9, '.', '_' and '-'."
                                + " No two proxies of a cluster may share it. Empty: made from zone, host name and"
                                + " listeners.");
    }

    private static void clusterApis(ConfigDef keys) {
        keys.define(
                CLUSTER_APIS,
                ConfigDef.Type.LIST,
                "",
                MEDIUM,
                "APIs that change the cluster and that every client of this proxy may use, by name (CreateAcls,"
                        + " AlterPartitionReassignments, ...): the page of client APIs lists them with the reason. All"
                        + " others are denied with CLUSTER_AUTHORIZATION_FAILED, because brokers authorize the proxy and"
                        + " not its client. Administrators connect to the brokers, or to a proxy of their own.");
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
                        FIRST_NODE_ID,
                        Range.between(0, MAX_NODE_ID),
                        LOW,
                        "The first broker id under which clients see this proxy. Where a broker has one of its ids, the"
                                + " proxy takes the next ids that are free.")
                .define(
                        NODES,
                        ConfigDef.Type.INT,
                        9,
                        Range.between(1, 64),
                        LOW,
                        "As how many brokers clients see this proxy, all at its address, with ids from node.id on. They"
                                + " share the partitions by leader: with as many nodes as brokers or more, what one client"
                                + " sends to a broker that stands still holds up nothing of what it sends to others. A"
                                + " client has a connection to each and limits the requests under way on each (a Java"
                                + " consumer to one fetch); two or three times as many nodes as brokers keep a busy client"
                                + " from waiting for the object store or for an answer's way through the proxy, at the"
                                + " price of connections.")
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
                        GATEWAY_OWNERS,
                        ConfigDef.Type.INT,
                        GatewaySettings.ALL,
                        Range.atLeast(1),
                        MEDIUM,
                        "At most so many proxies of the gateway own partitions; the others stand by and take over when one"
                                + " of these drains or dies. Each owner has flush windows, hence PUTs, of its own, so at"
                                + " rates at which these are small fewer owners are cheaper. The same in all proxies.")
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

    private static void gatewayTrust(ConfigDef keys) {
        keys.define(
                        GATEWAY_SECRETS,
                        ConfigDef.Type.PASSWORD,
                        "",
                        HIGH,
                        "The secret that the proxies of a gateway share, as NAME=SECRET with at least 16 characters, or"
                                + " file:PATH of a file that holds it. They sign with it what they tell each other"
                                + " and leave out who does not. Required with gateway.group. To replace it, add the new"
                                + " one as second entry (OLD=...,NEW=...) in all proxies, then swap the entries in all,"
                                + " then remove the old one: the first signs, both are believed.")
                .define(
                        GATEWAY_AUTHENTICATION,
                        ConfigDef.Type.STRING,
                        "secret",
                        ValidString.in("secret", "none"),
                        MEDIUM,
                        "secret: with gateway.secrets. none: every member of the Kafka group is taken for a proxy; only for"
                                + " a group that ACLs, or the network, keep all others out of.")
                .define(
                        GATEWAY_ENDPOINTS,
                        ConfigDef.Type.STRING,
                        ".*",
                        MEDIUM,
                        "A regular expression for the whole of NAME://host:port. Proxies of the gateway with another"
                                + " advertised address are left out, so that clients are not sent to it.");
    }
}
