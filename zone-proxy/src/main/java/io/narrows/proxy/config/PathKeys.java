package io.narrows.proxy.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

import io.narrows.relay.price.PriceBooks;
import io.narrows.router.policy.PathPolicy;
import io.narrows.router.produce.RouterConfig;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;

/** Keys of how batches get to leaders: which way, in what pieces, how many at once. Immutable. */
final class PathKeys {
    static final String PATH_MODE = "path.mode";
    static final String PRICE_BOOK = "price.book";
    static final String REPLICATION_FACTOR = "replication.factor";
    static final String READING_ZONES = "reading.zones";
    static final String WAL_FLUSH_BYTES = "wal.flush.bytes";
    static final String WAL_LINGER = "wal.linger.ms";
    static final String BYPASS_COST = "low.rate.bypass.cost.percent";
    static final String WAL_PUTS_IN_FLIGHT = "wal.puts.in.flight";
    static final String WAL_PUTS_PER_SECOND = "wal.puts.per.second";
    static final String LANE_IN_FLIGHT = "lane.max.in.flight";
    static final String RELAY_ENDPOINTS = "relay.endpoints";
    static final String RELAY_COMPRESSION = "relay.compression";

    private static final int MIB = 1 << 20;

    private PathKeys() {}

    static void define(ConfigDef keys) {
        path(keys);
        sending(keys);
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
                        WAL_FLUSH_BYTES,
                        ConfigDef.Type.INT,
                        RouterConfig.DEFAULT_FLUSH_BYTES,
                        Range.between(64 << 10, 64 * MIB),
                        MEDIUM,
                        "A flush window of this size becomes a WAL object.")
                .define(
                        WAL_LINGER,
                        ConfigDef.Type.INT,
                        (int) TimeUnit.NANOSECONDS.toMillis(RouterConfig.DEFAULT_LINGER_NANOS),
                        Range.between(0, 10_000),
                        MEDIUM,
                        "How long a flush window that pays is held open for more. Longer means fewer, larger objects"
                                + " and a later acknowledgement.")
                .define(
                        BYPASS_COST,
                        ConfigDef.Type.DOUBLE,
                        RouterConfig.DEFAULT_SMALL_CLIENTS_SHARE * 100,
                        Range.between(0, 100),
                        MEDIUM,
                        "Clients that send least do not wait for the object store while others' batches are staged: their"
                                + " bytes go to leaders at once, of as many clients as together add this much to what"
                                + " the proxy's windows cost. 0: everybody waits. For path.mode=auto.");
    }

    private static void sending(ConfigDef keys) {
        keys.define(
                        WAL_PUTS_IN_FLIGHT,
                        ConfigDef.Type.INT,
                        4,
                        Range.between(1, 64),
                        LOW,
                        "WAL objects uploaded at the same time.")
                .define(
                        WAL_PUTS_PER_SECOND,
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
}
