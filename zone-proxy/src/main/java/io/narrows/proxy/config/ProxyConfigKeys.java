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
                        "The availability zone of this proxy, named as in broker.rack. Batches for"
                                + " leaders of this zone need not be staged in the object store.")
                .define(
                        BOOTSTRAP_SERVERS,
                        ConfigDef.Type.LIST,
                        NO_DEFAULT_VALUE,
                        HIGH,
                        "Brokers (host:port) from which the proxy discovers the cluster.")
                .define(
                        LISTENERS,
                        ConfigDef.Type.LIST,
                        "PLAINTEXT://localhost:9092",
                        HIGH,
                        "Client listeners as NAME://host:port, separated by commas. An empty host binds"
                                + " all interfaces; port 0 binds a free port.")
                .define(
                        ADVERTISED_LISTENERS,
                        ConfigDef.Type.LIST,
                        "",
                        HIGH,
                        "Addresses that the proxy advertises to clients of each listener, as"
                                + " NAME://host:port. A listener without an entry advertises its own host and port."
                                + " Set it where clients reach the proxy at another address.")
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
                        "Identifier of this proxy in the object store and at leaders: up to 32 of a-z,"
                                + " 0-9, '.', '_' and '-'. It must be unique in the cluster. Empty: derived from"
                                + " zone, host name and listeners.");
    }

    private static void clusterApis(ConfigDef keys) {
        keys.define(
                CLUSTER_APIS,
                ConfigDef.Type.LIST,
                "",
                MEDIUM,
                "Names of cluster-changing APIs that every client of this proxy may use, for example"
                        + " CreateAcls. The page of client APIs lists them. All others are denied with"
                        + " CLUSTER_AUTHORIZATION_FAILED, because brokers authorize the proxy and not its client."
                        + " Administrators connect to the brokers, or to a separate proxy.");
    }

    private static void virtualNodes(ConfigDef keys) {
        keys.define(
                        BROKER_PORT_BASE,
                        ConfigDef.Type.LIST,
                        "",
                        LOW,
                        "First port of the listeners for single brokers, as NAME:port: broker N is at"
                                + " port + N. Requests about log directories and about transactions of one broker"
                                + " name their broker only by its address. Without these ports, the first are not"
                                + " served, and every node lists the transactions of the whole cluster.")
                .define(
                        NODE_ID,
                        ConfigDef.Type.INT,
                        FIRST_NODE_ID,
                        Range.between(0, MAX_NODE_ID),
                        LOW,
                        "First of the broker ids that this proxy advertises. Ids that a broker has"
                                + " already are skipped.")
                .define(
                        NODES,
                        ConfigDef.Type.INT,
                        9,
                        Range.between(1, 64),
                        LOW,
                        "Number of virtual brokers that this proxy advertises, all at its address, with"
                                + " ids from node.id on. Partitions are assigned to them by leader. With at least"
                                + " as many nodes as brokers, a broker that does not respond delays only its own"
                                + " partitions. A client has a connection to each node and limits its requests in"
                                + " flight on each; a Java consumer has one fetch in flight. Two or three times as"
                                + " many nodes as brokers hide the latency of the object store and of the proxy"
                                + " from a busy client. Each node costs one connection per client.")
                .define(
                        NODES_CLIENTS,
                        ConfigDef.Type.LIST,
                        "apache-kafka-java",
                        LOW,
                        "Client software that sees several nodes, by its name in the ApiVersions request."
                                + " A name that ends in * matches all names with this prefix. All other clients see"
                                + " one node. For example, librdkafka and kafkajs take all nodes at one address for"
                                + " the same broker.");
    }

    private static void clientZones(ConfigDef keys) {
        keys.define(
                        CLIENT_ZONE_SOURCES,
                        ConfigDef.Type.LIST,
                        "",
                        LOW,
                        "Sources of a client's zone, in order of precedence: any of listener, cidr, rack"
                                + " (client.rack) and client-id. The first source with a value wins. Clients of"
                                + " other zones appear in metrics and in /status; they are served like all others."
                                + " Empty: detection is off.")
                .define(
                        CLIENT_ZONE_LISTENERS,
                        ConfigDef.Type.LIST,
                        "",
                        LOW,
                        "Zone of the clients of a listener, as NAME=zone.")
                .define(
                        CLIENT_ZONE_CIDRS,
                        ConfigDef.Type.LIST,
                        "",
                        LOW,
                        "Zone of the clients of an address range, as 10.1.0.0/16=zone or"
                                + " fd00:1::/32=zone. The longest matching prefix wins.")
                .define(
                        CLIENT_ZONE_PATTERN,
                        ConfigDef.Type.STRING,
                        "(?:^|[;\\s])zone=([A-Za-z0-9._-]+)",
                        LOW,
                        "Regular expression whose first group is the zone in a client id.");
    }

    private static void gateway(ConfigDef keys) {
        keys.define(
                        GATEWAY_GROUP,
                        ConfigDef.Type.STRING,
                        "",
                        MEDIUM,
                        "Name of the gateway. Proxies of a zone with the same name share its partitions:"
                                + " one proxy collects all batches of a partition, and clients see all proxies."
                                + " They discover each other as members of the Kafka group"
                                + " narrows-gateway.NAME.ZONE. Empty: this proxy runs alone, for example as a"
                                + " sidecar. In a gateway, node.id defaults to ids derived from writer.id.")
                .define(
                        GATEWAY_OWNERS,
                        ConfigDef.Type.INT,
                        GatewaySettings.ALL,
                        Range.atLeast(1),
                        MEDIUM,
                        "Maximum number of proxies of the gateway that own partitions; the others are on"
                                + " standby and replace an owner that drains or fails. Each owner has flush windows"
                                + " of its own. At low rates, fewer owners need fewer PUTs. All proxies of a"
                                + " gateway need the same value.")
                .define(
                        GATEWAY_SESSION_TIMEOUT,
                        ConfigDef.Type.INT,
                        6_000,
                        Range.atLeast(1_000),
                        LOW,
                        "A proxy without heartbeats for this time loses its partitions to the others. At"
                                + " least group.min.session.timeout.ms of the brokers. A proxy that cannot reach"
                                + " the group waits for this time, then serves alone.")
                .define(
                        GATEWAY_HEARTBEAT_INTERVAL,
                        ConfigDef.Type.INT,
                        500,
                        Range.between(10, 60_000),
                        LOW,
                        "Interval of heartbeats to the group, with which the proxy also learns of"
                                + " changes. At most a third of gateway.session.timeout.ms.");
    }

    private static void gatewayTrust(ConfigDef keys) {
        keys.define(
                        GATEWAY_SECRETS,
                        ConfigDef.Type.PASSWORD,
                        "",
                        HIGH,
                        "Secret that the proxies of a gateway share, as NAME=SECRET with at least 16"
                                + " characters, or file:PATH of a file with it. Proxies sign their messages with"
                                + " it, and ignore unsigned members. Required with gateway.group. To rotate it, add"
                                + " the new secret as second entry (OLD=...,NEW=...) in all proxies. Then swap the"
                                + " entries in all, then remove the old one. The first entry signs, both are"
                                + " accepted.")
                .define(
                        GATEWAY_AUTHENTICATION,
                        ConfigDef.Type.STRING,
                        "secret",
                        ValidString.in("secret", "none"),
                        MEDIUM,
                        "How members are authenticated. secret: with gateway.secrets. none: every member"
                                + " of the Kafka group is trusted as a proxy. Use none only for a group that ACLs"
                                + " or the network protect.")
                .define(
                        GATEWAY_ENDPOINTS,
                        ConfigDef.Type.STRING,
                        ".*",
                        MEDIUM,
                        "Regular expression that must match the whole NAME://host:port of a member."
                                + " Proxies of the gateway with another advertised address are ignored, so that"
                                + " clients are not sent there.");
    }
}
