package io.narrows.broker.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;

import org.apache.kafka.common.config.ConfigDef;

/** The {@code narrows.tier.*} keys of a broker. Immutable. */
public final class TierKeys {
    public static final String TIER_ENABLE = "narrows.tier.enable";
    public static final String TIER_PART_BYTES = "narrows.tier.part.bytes";
    public static final String TIER_CACHE_BYTES = "narrows.tier.cache.bytes";
    public static final String TIER_READ_AHEAD_BYTES = "narrows.tier.read.ahead.bytes";
    public static final String TIER_COPY_BYTES_PER_SECOND = "narrows.tier.copy.bytes.per.second";
    public static final String TIER_COPY_TIMEOUT_MS = "narrows.tier.copy.timeout.ms";
    public static final String TIER_ROLL_MS = "narrows.tier.roll.ms";
    public static final String TIER_ROLL_MAX_MS = "narrows.tier.roll.max.ms";
    public static final String TIER_ROLL_MIN_BYTES = "narrows.tier.roll.min.bytes";

    private static final int MIB = 1 << 20;

    private TierKeys() {}

    static void define(ConfigDef keys) {
        tiering(keys);
    }

    private static void tiering(ConfigDef keys) {
        TierSettings standard = TierSettings.DEFAULT;
        keys.define(
                        TIER_ENABLE,
                        BOOLEAN,
                        false,
                        HIGH,
                        "Whether to move history of topics with remote.storage.enable=true into segment objects. It enables "
                                + "Kafka's tiered storage with the storage manager of Narrows and Kafka's topic-based "
                                + "metadata. Set it on every server of the cluster, including controllers.")
                .define(
                        TIER_PART_BYTES,
                        INT,
                        standard.partBytes(),
                        between(MIB, 64 * MIB),
                        LOW,
                        "Size of the parts of a segment object: a multiple of 1 MiB.")
                .define(
                        TIER_CACHE_BYTES,
                        LONG,
                        standard.cacheBytes(),
                        atLeast(8L * MIB),
                        HIGH,
                        "Off-heap cache for blocks of segment objects.")
                .define(
                        TIER_READ_AHEAD_BYTES,
                        INT,
                        standard.readAheadBytes(),
                        between(2 * MIB, 256 * MIB),
                        MEDIUM,
                        "Maximum read-ahead for one reader of history. The actual amount depends on the reader's rate.")
                .define(
                        TIER_COPY_BYTES_PER_SECOND,
                        LONG,
                        standard.copyBytesPerSecond(),
                        atLeast(64L << 10),
                        MEDIUM,
                        "Maximum rate at which this broker copies to segment objects, in bytes of batches.")
                .define(
                        TIER_COPY_TIMEOUT_MS,
                        LONG,
                        standard.copyTimeoutMs(),
                        atLeast(1000),
                        LOW,
                        "Timeout for copying one segment. Uploads unfinished after twice this timeout plus five minutes are "
                                + "treated as abandoned and deleted. Set the same value on all brokers.")
                .define(
                        TIER_ROLL_MS,
                        LONG,
                        standard.roll().afterMs(),
                        atLeast(1),
                        MEDIUM,
                        "A segment is rolled when its oldest link reaches this age and its batches reach "
                                + TIER_ROLL_MIN_BYTES + ".")
                .define(
                        TIER_ROLL_MAX_MS,
                        LONG,
                        standard.roll().maxMs(),
                        atLeast(1),
                        MEDIUM,
                        "A segment is rolled when its oldest link reaches this age, at any size. WAL objects are kept at least "
                                + "this long. Each rolled segment costs one PUT or more.")
                .define(
                        TIER_ROLL_MIN_BYTES,
                        LONG,
                        standard.roll().minBytes(),
                        atLeast(0),
                        LOW,
                        "Minimum bytes of batches, inline or linked, for a roll after " + TIER_ROLL_MS + ".");
    }
}
