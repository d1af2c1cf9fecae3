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

/** Keys of the path of batches to leaders, of flush windows and of the bounds on both. Immutable. */
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
                        "Path of batches to leaders in other zones. auto: by price, rate and health of"
                                + " the object store. staged: through the object store wherever that saves money."
                                + " direct: never through the object store.")
                .define(
                        PRICE_BOOK,
                        ConfigDef.Type.STRING,
                        PriceBooks.NAMES.get(0),
                        HIGH,
                        "Prices for path.mode=auto: one of " + PriceBooks.NAMES
                                + ", or the path of a YAML file (docs/cost-report.md).")
                .define(
                        REPLICATION_FACTOR,
                        ConfigDef.Type.INT,
                        RouterConfig.DEFAULT_USAGE.replicationFactor(),
                        Range.between(1, 100),
                        LOW,
                        "Replication factor that path.mode=auto assumes for topics.")
                .define(
                        READING_ZONES,
                        ConfigDef.Type.INT,
                        RouterConfig.DEFAULT_USAGE.readingZones(),
                        Range.between(PathPolicy.Usage.ALL_ZONES, 100),
                        LOW,
                        "Number of zones in which a topic is usually read, for path.mode=auto. Each of"
                                + " them downloads every object once. -1: all zones with brokers. 0: no consumers.")
                .define(
                        WAL_FLUSH_BYTES,
                        ConfigDef.Type.INT,
                        RouterConfig.DEFAULT_FLUSH_BYTES,
                        Range.between(64 << 10, 64 * MIB),
                        MEDIUM,
                        "Size at which a flush window is written as one WAL object.")
                .define(
                        WAL_LINGER,
                        ConfigDef.Type.INT,
                        (int) TimeUnit.NANOSECONDS.toMillis(RouterConfig.DEFAULT_LINGER_NANOS),
                        Range.between(0, 10_000),
                        MEDIUM,
                        "Linger of a flush window for which waiting saves money. A longer linger means"
                                + " fewer and larger objects, and later acknowledgements.")
                .define(
                        BYPASS_COST,
                        ConfigDef.Type.DOUBLE,
                        RouterConfig.DEFAULT_BYPASS_SHARE * 100,
                        Range.between(0, 100),
                        MEDIUM,
                        "Low-rate clients bypass the object store while others' batches are staged. Their"
                                + " batches are sent to leaders immediately, while their extra cost stays below"
                                + " this share of the cost of the proxy's windows. 0: no bypass. For"
                                + " path.mode=auto.");
    }

    private static void sending(ConfigDef keys) {
        keys.define(
                        WAL_PUTS_IN_FLIGHT,
                        ConfigDef.Type.INT,
                        4,
                        Range.between(1, 64),
                        LOW,
                        "Maximum number of WAL object PUTs in flight.")
                .define(
                        WAL_PUTS_PER_SECOND,
                        ConfigDef.Type.DOUBLE,
                        20.0,
                        MEDIUM,
                        "Maximum rate of PUTs, and so of their cost. A steady rate of 20 PUTs per second"
                                + " costs about 260 $ a month.")
                .define(
                        LANE_IN_FLIGHT,
                        ConfigDef.Type.INT,
                        5,
                        Range.between(1, 5),
                        LOW,
                        "Maximum number of batches in flight of one client connection and partition."
                                + " Leaders remember the last five batches of a producer.")
                .define(
                        RELAY_ENDPOINTS,
                        ConfigDef.Type.LIST,
                        "",
                        LOW,
                        "Relay addresses of brokers as brokerId=host:port, which override the published" + " ones.")
                .define(
                        RELAY_COMPRESSION,
                        ConfigDef.Type.STRING,
                        "zstd",
                        ValidString.in("zstd", "none"),
                        LOW,
                        "Compression of uncompressed batches that are sent to a leader in another zone.");
    }
}
