package io.narrows.broker.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.PASSWORD;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;
import static org.apache.kafka.common.config.ConfigDef.ValidString.in;

import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.server.config.AbstractKafkaConfig;

/**
 * The {@code narrows.*} keys of a broker; docs/reference/broker-config.md is generated from them. They are also added to
 * Kafka's own definition of a broker's configuration, so that any client can ask for them with DescribeConfigs. Immutable
 * but for that.
 */
public final class BrokerKeys {
    public static final String PREFIX = "narrows.";

    public static final String S3_ENDPOINT = "narrows.s3.endpoint";
    public static final String S3_REGION = "narrows.s3.region";
    public static final String S3_BUCKET = "narrows.s3.bucket";
    public static final String S3_PATH_STYLE_ACCESS = "narrows.s3.path.style.access";
    public static final String S3_ACCESS_KEY = "narrows.s3.access.key";
    public static final String S3_SECRET_KEY = "narrows.s3.secret.key";
    public static final String S3_SESSION_TOKEN = "narrows.s3.session.token";
    public static final String S3_MAX_CONNECTIONS = "narrows.s3.max.connections";
    public static final String S3_CONNECT_TIMEOUT_MS = "narrows.s3.connect.timeout.ms";
    public static final String S3_ATTEMPT_TIMEOUT_MS = "narrows.s3.attempt.timeout.ms";
    public static final String S3_CALL_TIMEOUT_MS = "narrows.s3.call.timeout.ms";
    public static final String S3_MAX_RETRIES = "narrows.s3.max.retries";

    public static final String WRITER_ID = "narrows.writer.id";
    public static final String LINK_MODE = "narrows.link.mode";
    public static final String LINK_MIN_BYTES = "narrows.link.min.bytes";
    public static final String FOLLOWER_FETCH_LINGER_MS = "narrows.follower.fetch.linger.ms";
    public static final String FOLLOWER_FETCH_MAX_WAIT_AFTER_DATA_MS = "narrows.follower.fetch.max.wait.after.data.ms";
    public static final String LINK_TOPICS = "narrows.link.topics";
    public static final String LINK_TOPICS_DEFAULT = ".*";
    public static final String LINK_TOPICS_EXCLUDE = "narrows.link.topics.exclude";
    public static final String PRICE_BOOK = "narrows.price.book";
    public static final String WAL_FLUSH_BYTES = "narrows.wal.flush.bytes";
    public static final String WAL_LINGER_MS = "narrows.wal.linger.ms";
    public static final String WAL_PUTS_IN_FLIGHT = "narrows.wal.puts.in.flight";
    public static final String WAL_PUTS_PER_SECOND = "narrows.wal.puts.per.second";
    public static final String WAL_PUT_TIMEOUT_MS = "narrows.wal.put.timeout.ms";
    public static final String WAL_BUFFER_BYTES = "narrows.wal.buffer.bytes";

    public static final String CACHE_BYTES = "narrows.cache.bytes";
    public static final String READ_GETS_IN_FLIGHT = "narrows.read.gets.in.flight";
    public static final String READ_CATCH_UP_CACHE_BYTES = "narrows.read.catch.up.cache.bytes";
    public static final String READ_CATCH_UP_THROTTLE_CPU_PERCENT = "narrows.read.catch.up.throttle.cpu.percent";
    public static final String READ_CATCH_UP_MIN_BYTES_PER_SECOND = "narrows.read.catch.up.min.bytes.per.second";
    public static final String READ_MEMORY_BYTES = "narrows.read.memory.bytes";
    public static final String SLOW_READER_TIMEOUT_MS = "narrows.slow.reader.timeout.ms";
    public static final String READ_THREADS = "narrows.read.threads";

    public static final String GC_ENABLE = "narrows.gc.enable";
    public static final String GC_INTERVAL_MS = "narrows.gc.interval.ms";
    public static final String GC_GRACE_MS = "narrows.gc.grace.ms";

    public static final String AUTO_FORMAT = "narrows.auto.format";
    public static final String CLUSTER_ID = "narrows.cluster.id";

    private static final int MIB = 1 << 20;

    /** Keys that {@code kafka-configs} may set for all brokers while they run. */
    public static final Set<String> DYNAMIC = Set.of(LINK_TOPICS, LINK_TOPICS_EXCLUDE);

    private BrokerKeys() {}

    /** A fresh definition of all keys. */
    public static ConfigDef definition() {
        ConfigDef keys = new ConfigDef();
        objectStore(keys);
        linking(keys);
        objects(keys);
        reading(keys);
        TierKeys.define(keys);
        RelayKeys.define(keys);
        collection(keys);
        AdminKeys.define(keys);
        return keys.define(
                        AUTO_FORMAT,
                        BOOLEAN,
                        false,
                        LOW,
                        "Whether to format empty log directories at startup, with " + CLUSTER_ID
                                + " as the cluster id.")
                .define(
                        CLUSTER_ID,
                        STRING,
                        "",
                        LOW,
                        "Cluster id that " + AUTO_FORMAT
                                + " writes. Set the same value on every server of the cluster.");
    }

    private static void objectStore(ConfigDef keys) {
        keys.define(S3_BUCKET, STRING, "", HIGH, "Bucket for WAL objects and segment objects. Required on brokers.")
                .define(S3_REGION, STRING, "us-east-1", HIGH, "Region of the bucket.")
                .define(S3_ENDPOINT, STRING, "", MEDIUM, "URL of an S3 server other than AWS. Empty: AWS.")
                .define(
                        S3_PATH_STYLE_ACCESS,
                        BOOLEAN,
                        null,
                        LOW,
                        "Whether to put the bucket into the path of the URL instead of the host name. Default: true if "
                                + S3_ENDPOINT + " is set.")
                .define(
                        S3_ACCESS_KEY,
                        STRING,
                        "",
                        MEDIUM,
                        "Access key. Empty: credentials come from the environment, a profile or the machine's role.")
                .define(S3_SECRET_KEY, PASSWORD, "", MEDIUM, "Secret key of the access key.")
                .define(S3_SESSION_TOKEN, PASSWORD, "", LOW, "Session token of a temporary access key.")
                .define(S3_MAX_CONNECTIONS, INT, 64, atLeast(1), LOW, "Maximum connections of each S3 client.")
                .define(S3_CONNECT_TIMEOUT_MS, INT, 2000, atLeast(1), LOW, "Timeout for opening a connection.")
                .define(S3_ATTEMPT_TIMEOUT_MS, INT, 4000, atLeast(1), LOW, "Timeout for one attempt of a request.")
                .define(
                        S3_CALL_TIMEOUT_MS,
                        INT,
                        10_000,
                        atLeast(1),
                        LOW,
                        "Timeout for a request, including its retries.")
                .define(S3_MAX_RETRIES, INT, 2, between(0, 10), LOW, "Maximum attempts after the first one.");
    }

    private static void linking(ConfigDef keys) {
        keys.define(
                        WRITER_ID,
                        STRING,
                        "",
                        LOW,
                        "Name under which this broker writes WAL objects: 1 to 32 of a-z 0-9 . _ -. It must be unique "
                                + "among all brokers and proxies that use the bucket. Default: broker-<node.id>.")
                .define(
                        LINK_MODE,
                        STRING,
                        "auto",
                        in("auto", "always", "never"),
                        HIGH,
                        "When this broker, as a leader, writes batches that arrive inline to the object store. auto: when that "
                                + "is cheaper than replicating them between zones. Batches that proxies have staged "
                                + "become links in every mode.")
                .define(
                        LINK_MIN_BYTES,
                        INT,
                        4096,
                        atLeast(256),
                        MEDIUM,
                        "Minimum size of a batch that this broker writes to the object store.")
                .define(
                        FOLLOWER_FETCH_LINGER_MS,
                        INT,
                        20,
                        between(0, 500),
                        LOW,
                        "How long the leader may hold a follower's fetch to collect more links, when links arrive fast. A "
                                + "higher value saves bytes between zones and CPU, and adds up to this much latency. "
                                + "0: no linger.")
                .define(
                        FOLLOWER_FETCH_MAX_WAIT_AFTER_DATA_MS,
                        INT,
                        20,
                        between(1, 500),
                        MEDIUM,
                        "Maximum wait of a follower's next fetch after a response with data. Its response carries the new "
                                + "high watermark, so this bounds the latency of consumers that read from the follower. "
                                + "Without new data, fetches wait for replica.fetch.wait.max.ms.")
                .define(
                        LINK_TOPICS,
                        STRING,
                        LINK_TOPICS_DEFAULT,
                        MEDIUM,
                        "Regular expression for whole topic names: new batches of matching topics may become links. Compacted "
                                + "topics and topics whose names start with __ never contain links. To change it on all "
                                + "brokers at runtime, use kafka-configs --entity-type brokers --entity-default. Existing "
                                + "batches do not change.")
                .define(
                        LINK_TOPICS_EXCLUDE,
                        STRING,
                        "",
                        MEDIUM,
                        "Regular expression for whole topic names to exclude from " + LINK_TOPICS
                                + ". It can be changed at runtime in the same way.")
                .define(
                        PRICE_BOOK,
                        STRING,
                        "aws-us-east-1",
                        MEDIUM,
                        "Prices for " + LINK_MODE + "=auto: the name of a built-in price book, or a file.");
    }

    private static void objects(ConfigDef keys) {
        keys.define(
                        WAL_FLUSH_BYTES,
                        INT,
                        4 * MIB,
                        between(64 << 10, 64 * MIB),
                        MEDIUM,
                        "A flush window is written when it reaches this size.")
                .define(
                        WAL_LINGER_MS,
                        INT,
                        50,
                        between(1, 10_000),
                        MEDIUM,
                        "A flush window is written when it reaches this age.")
                .define(WAL_PUTS_IN_FLIGHT, INT, 4, between(1, 64), LOW, "Maximum concurrent PUTs.")
                .define(
                        WAL_PUTS_PER_SECOND,
                        INT,
                        20,
                        between(1, 10_000),
                        MEDIUM,
                        "Maximum rate of PUTs. 20 per second cost about 260 $ a month at AWS prices.")
                .define(
                        WAL_PUT_TIMEOUT_MS,
                        INT,
                        5000,
                        between(100, 60_000),
                        MEDIUM,
                        "A batch whose PUT has not completed after this time is appended inline.")
                .define(
                        WAL_BUFFER_BYTES,
                        LONG,
                        64L * MIB,
                        atLeast(MIB),
                        MEDIUM,
                        "Maximum memory of batches that wait for a PUT. Batches beyond it are appended inline.");
    }

    private static void reading(ConfigDef keys) {
        keys.define(
                        CACHE_BYTES,
                        LONG,
                        128L * MIB,
                        atLeast(0),
                        HIGH,
                        "Off-heap cache for recently written ranges of WAL objects.")
                .define(
                        READ_GETS_IN_FLIGHT,
                        INT,
                        8,
                        between(1, 64),
                        LOW,
                        "Maximum concurrent GETs for reads of the newest segments. Reads of older segments have the same "
                                + "number of their own.")
                .define(
                        READ_CATCH_UP_CACHE_BYTES,
                        LONG,
                        32L * MIB,
                        atLeast(MIB),
                        LOW,
                        "Off-heap cache for ranges of older segments.")
                .define(
                        READ_CATCH_UP_THROTTLE_CPU_PERCENT,
                        INT,
                        75,
                        between(1, 100),
                        MEDIUM,
                        "CPU use above which the broker throttles reads of older segments and of segment objects, while "
                                + "producers are active. 100: no throttling.")
                .define(
                        READ_CATCH_UP_MIN_BYTES_PER_SECOND,
                        LONG,
                        4L * MIB,
                        atLeast(64 << 10),
                        MEDIUM,
                        "Rate below which the broker does not throttle these reads, for the sum of all of them.")
                .define(
                        READ_MEMORY_BYTES,
                        LONG,
                        128L * MIB,
                        atLeast(MIB),
                        MEDIUM,
                        "Memory, mostly off-heap, for consumers' reads of links and their unsent responses. One half is for the "
                                + "newest segments, the other for older ones. Bytes that several responses share count "
                                + "once. A read that does not fit returns fewer bytes or waits. A batch larger than its "
                                + "half is read alone.")
                .define(
                        SLOW_READER_TIMEOUT_MS,
                        INT,
                        5_000,
                        between(100, 600_000),
                        MEDIUM,
                        "Time without progress after which the broker may close a consumer's connection and free the memory of its "
                                + "response. It does so only while other reads lack memory. For a response larger than 1/128 "
                                + "of " + READ_MEMORY_BYTES + ", one fifth of this time applies.")
                .define(
                        READ_THREADS,
                        INT,
                        2,
                        between(1, 64),
                        LOW,
                        "Threads that assemble fetch responses from the object store.");
    }

    private static void collection(ConfigDef keys) {
        keys.define(
                        GC_ENABLE,
                        BOOLEAN,
                        true,
                        MEDIUM,
                        "Whether this broker deletes unreferenced WAL objects while it has the lowest broker id. Every broker "
                                + "reports its own references, also with false.")
                .define(GC_INTERVAL_MS, LONG, 300_000L, atLeast(100), MEDIUM, "Interval of garbage collection rounds.")
                .define(
                        GC_GRACE_MS,
                        LONG,
                        900_000L,
                        atLeast(1000),
                        MEDIUM,
                        "Minimum time that a WAL object is kept after its upload and after its last reference is removed. Set "
                                + "the same value on all brokers, at least twice " + GC_INTERVAL_MS
                                + ". The leader stores a batch inline if its object is already older.");
    }

    /**
     * Lets DescribeConfigs answer these keys, but for the dynamic ones: Kafka lets those be set that it does not know.
     * Call it before Kafka's configuration classes are used; harmless twice.
     */
    public static synchronized void addToKafka() {
        ConfigDef kafka = AbstractKafkaConfig.CONFIG_DEF;
        definition().configKeys().values().stream()
                .filter(key -> !kafka.names().contains(key.name) && !DYNAMIC.contains(key.name))
                .forEach(kafka::define);
    }
}
