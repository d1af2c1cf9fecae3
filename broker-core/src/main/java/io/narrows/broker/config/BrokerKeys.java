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
    public static final String S3_PATH_STYLE = "narrows.s3.path.style";
    public static final String S3_ACCESS_KEY = "narrows.s3.access.key";
    public static final String S3_SECRET_KEY = "narrows.s3.secret.key";
    public static final String S3_SESSION_TOKEN = "narrows.s3.session.token";
    public static final String S3_MAX_CONNECTIONS = "narrows.s3.max.connections";
    public static final String S3_CONNECT_TIMEOUT_MS = "narrows.s3.connect.timeout.ms";
    public static final String S3_ATTEMPT_TIMEOUT_MS = "narrows.s3.attempt.timeout.ms";
    public static final String S3_CALL_TIMEOUT_MS = "narrows.s3.call.timeout.ms";
    public static final String S3_RETRIES = "narrows.s3.retries";

    public static final String WRITER_ID = "narrows.writer.id";
    public static final String LINK_MODE = "narrows.link.mode";
    public static final String LINK_MIN_BYTES = "narrows.link.min.bytes";
    public static final String LINK_GATHER_MS = "narrows.link.gather.ms";
    public static final String FOLLOWER_NEWS_MS = "narrows.follower.news.ms";
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
    public static final String READ_CATCH_UP_BYTES = "narrows.read.catch.up.bytes";
    public static final String READ_CATCH_UP_BUSY_PERCENT = "narrows.read.catch.up.busy.percent";
    public static final String READ_CATCH_UP_FLOOR = "narrows.read.catch.up.min.bytes.per.second";
    public static final String READ_MEMORY_BYTES = "narrows.read.memory.bytes";
    public static final String READ_STALLED_MS = "narrows.read.stalled.ms";
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
                        "Format empty log directories at the start, with " + CLUSTER_ID + " as the cluster's id.")
                .define(
                        CLUSTER_ID,
                        STRING,
                        "",
                        LOW,
                        "Id of the cluster, for " + AUTO_FORMAT + ". The same on every server of the cluster.");
    }

    private static void objectStore(ConfigDef keys) {
        keys.define(S3_BUCKET, STRING, "", HIGH, "Bucket for WAL objects. Required on brokers.")
                .define(S3_REGION, STRING, "us-east-1", HIGH, "Region of the bucket.")
                .define(S3_ENDPOINT, STRING, "", MEDIUM, "URL of an S3 server other than AWS. Empty: AWS.")
                .define(
                        S3_PATH_STYLE,
                        BOOLEAN,
                        null,
                        LOW,
                        "Put the bucket into the path instead of the host name. Default: only with " + S3_ENDPOINT
                                + ".")
                .define(
                        S3_ACCESS_KEY,
                        STRING,
                        "",
                        MEDIUM,
                        "Access key. Empty: credentials come from the environment, a profile or the machine's role.")
                .define(S3_SECRET_KEY, PASSWORD, "", MEDIUM, "Secret of the access key.")
                .define(S3_SESSION_TOKEN, PASSWORD, "", LOW, "Token of the session, when the access key is temporary.")
                .define(S3_MAX_CONNECTIONS, INT, 64, atLeast(1), LOW, "Connections of each of the S3 clients.")
                .define(S3_CONNECT_TIMEOUT_MS, INT, 2000, atLeast(1), LOW, "Time to connect.")
                .define(S3_ATTEMPT_TIMEOUT_MS, INT, 4000, atLeast(1), LOW, "Time for one attempt of a request.")
                .define(S3_CALL_TIMEOUT_MS, INT, 10_000, atLeast(1), LOW, "Time for a request with its retries.")
                .define(S3_RETRIES, INT, 2, between(0, 10), LOW, "Attempts after the first one.");
    }

    private static void linking(ConfigDef keys) {
        keys.define(
                        WRITER_ID,
                        STRING,
                        "",
                        LOW,
                        "Name under which this broker writes WAL objects: 1 to 32 of a-z 0-9 . _ -, unique among all "
                                + "brokers and proxies that use the bucket. Default: broker- and the node id.")
                .define(
                        LINK_MODE,
                        STRING,
                        "auto",
                        in("auto", "always", "never"),
                        HIGH,
                        "Whether this broker, as a leader, writes batches that arrive as bytes to the object store: "
                                + "when that is cheaper than replicating them between zones, always, or never. "
                                + "Batches that proxies have written there become links in any case.")
                .define(
                        LINK_MIN_BYTES,
                        INT,
                        4096,
                        atLeast(256),
                        MEDIUM,
                        "Smaller batches are never written to the object store by this broker.")
                .define(
                        LINK_GATHER_MS,
                        INT,
                        20,
                        between(0, 500),
                        LOW,
                        "How long a follower's fetch may wait for more links when they come fast: fewer bytes between "
                                + "zones and less work, for so much latency at most. 0: not at all.")
                .define(
                        FOLLOWER_NEWS_MS,
                        INT,
                        20,
                        between(1, 500),
                        MEDIUM,
                        "How long the fetch of a follower that has just got something may wait. Its answer is how the "
                                + "follower hears of the new high watermark, so this is the latency of consumers that read "
                                + "from it. When nothing comes, fetches wait for replica.fetch.wait.max.ms.")
                .define(
                        LINK_TOPICS,
                        STRING,
                        LINK_TOPICS_DEFAULT,
                        MEDIUM,
                        "Regular expression: new batches of topics whose whole name matches may become links. Compacted "
                                + "topics and topics whose names start with __ never have any. Can be changed at "
                                + "runtime, for all brokers at once, with kafka-configs --entity-type brokers --entity-default; existing batches "
                                + "stay what they are.")
                .define(
                        LINK_TOPICS_EXCLUDE,
                        STRING,
                        "",
                        MEDIUM,
                        "Regular expression: topics whose whole name matches are left out of " + LINK_TOPICS
                                + ". Can be changed at runtime like it.")
                .define(
                        PRICE_BOOK,
                        STRING,
                        "aws-us-east-1",
                        MEDIUM,
                        "Prices that " + LINK_MODE + "=auto decides by: a built-in name or a file.");
    }

    private static void objects(ConfigDef keys) {
        keys.define(
                        WAL_FLUSH_BYTES,
                        INT,
                        4 * MIB,
                        between(64 << 10, 64 * MIB),
                        MEDIUM,
                        "A window of batches is written when it has this size.")
                .define(
                        WAL_LINGER_MS,
                        INT,
                        50,
                        between(1, 10_000),
                        MEDIUM,
                        "A window of batches is written when it is this old.")
                .define(WAL_PUTS_IN_FLIGHT, INT, 4, between(1, 64), LOW, "PUTs at the same time.")
                .define(
                        WAL_PUTS_PER_SECOND,
                        INT,
                        20,
                        between(1, 10_000),
                        MEDIUM,
                        "Ceiling on PUTs; 20 a second are about 260 $ a month at AWS prices.")
                .define(
                        WAL_PUT_TIMEOUT_MS,
                        INT,
                        5000,
                        between(100, 60_000),
                        MEDIUM,
                        "A batch that is not in the object store by then is appended inline.")
                .define(
                        WAL_BUFFER_BYTES,
                        LONG,
                        64L * MIB,
                        atLeast(MIB),
                        MEDIUM,
                        "Bound of the batches that wait for the object store; more stay inline.");
    }

    private static void reading(ConfigDef keys) {
        keys.define(
                        CACHE_BYTES,
                        LONG,
                        128L * MIB,
                        atLeast(0),
                        HIGH,
                        "Memory outside the heap for recently written ranges.")
                .define(
                        READ_GETS_IN_FLIGHT,
                        INT,
                        8,
                        between(1, 64),
                        LOW,
                        "GETs at the same time, for reads of the newest segments and, as many again, for older ones.")
                .define(
                        READ_CATCH_UP_BYTES,
                        LONG,
                        32L * MIB,
                        atLeast(MIB),
                        LOW,
                        "Memory outside the heap for ranges of older segments.")
                .define(
                        READ_CATCH_UP_BUSY_PERCENT,
                        INT,
                        75,
                        between(1, 100),
                        MEDIUM,
                        "While something is produced and the processors are busier than this, reads of older segments "
                                + "and of segment objects become slower. 100: never.")
                .define(
                        READ_CATCH_UP_FLOOR,
                        LONG,
                        4L * MIB,
                        atLeast(64 << 10),
                        MEDIUM,
                        "What these reads may have in any case, all together at this broker.")
                .define(
                        READ_MEMORY_BYTES,
                        LONG,
                        128L * MIB,
                        atLeast(MIB),
                        MEDIUM,
                        "Memory, mostly outside the heap, for consumers' reads of links in progress and for their responses "
                                + "until they are sent: half for reads of the newest segments, half for older ones. What "
                                + "several responses share counts once. A read that does not fit gets fewer bytes or waits; "
                                + "a batch larger than its half is read alone.")
                .define(
                        READ_STALLED_MS,
                        INT,
                        5_000,
                        between(100, 600_000),
                        MEDIUM,
                        "A response of which the consumer has taken nothing for so long loses its memory when other reads "
                                + "wait for memory or get single batches, and its connection is closed. A response larger than 1/128 of "
                                + READ_MEMORY_BYTES + " does so after a fifth of the time.")
                .define(READ_THREADS, INT, 2, between(1, 64), LOW, "Threads that put fetched answers together.");
    }

    private static void collection(ConfigDef keys) {
        keys.define(
                        GC_ENABLE,
                        BOOLEAN,
                        true,
                        MEDIUM,
                        "Whether this broker deletes WAL objects that nobody refers to, when it is the one with the "
                                + "lowest id. It accounts for its own references in any case.")
                .define(
                        GC_INTERVAL_MS,
                        LONG,
                        300_000L,
                        atLeast(100),
                        MEDIUM,
                        "Time from one round of garbage collection to the next.")
                .define(
                        GC_GRACE_MS,
                        LONG,
                        900_000L,
                        atLeast(1000),
                        MEDIUM,
                        "A WAL object is kept for this time after it was written and after the last reference to it "
                                + "went; the same on all brokers, and at least twice the interval. Batches whose "
                                + "objects are older when they reach their leader become bytes.");
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
