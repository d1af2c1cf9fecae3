package io.narrows.proxy.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.NO_DEFAULT_VALUE;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.NonEmptyString;
import org.apache.kafka.common.config.ConfigDef.Range;

/** The {@code s3.*} keys of a proxy: bucket, credentials and limits. Immutable. */
final class StoreKeys {
    static final String S3_BUCKET = "s3.bucket";
    static final String S3_REGION = "s3.region";
    static final String S3_ENDPOINT = "s3.endpoint";
    static final String S3_PATH_STYLE = "s3.path.style.access";
    static final String S3_ACCESS_KEY = "s3.access.key";
    static final String S3_SECRET_KEY = "s3.secret.key";
    static final String S3_SESSION_TOKEN = "s3.session.token";
    static final String S3_MAX_CONNECTIONS = "s3.max.connections";
    static final String S3_CONNECT_TIMEOUT = "s3.connect.timeout.ms";
    static final String S3_ATTEMPT_TIMEOUT = "s3.attempt.timeout.ms";
    static final String S3_CALL_TIMEOUT = "s3.call.timeout.ms";
    static final String S3_LATENCY_BOUND = "s3.latency.bound.ms";
    static final String S3_MAX_RETRIES = "s3.max.retries";

    private static final Range AT_LEAST_1 = Range.atLeast(1);

    private StoreKeys() {}

    static void define(ConfigDef keys) {
        store(keys);
        limits(keys);
    }

    private static void store(ConfigDef keys) {
        keys.define(
                        S3_BUCKET,
                        ConfigDef.Type.STRING,
                        NO_DEFAULT_VALUE,
                        new NonEmptyString(),
                        HIGH,
                        "The bucket of WAL objects. Brokers must use the same bucket.")
                .define(
                        S3_REGION,
                        ConfigDef.Type.STRING,
                        "us-east-1",
                        new NonEmptyString(),
                        HIGH,
                        "The bucket's region.")
                .define(
                        S3_ENDPOINT,
                        ConfigDef.Type.STRING,
                        "",
                        MEDIUM,
                        "URL of an S3 server other than AWS, for example http://localhost:9000. Empty:" + " AWS.")
                .define(
                        S3_PATH_STYLE,
                        ConfigDef.Type.BOOLEAN,
                        null,
                        MEDIUM,
                        "Whether the bucket is in the path instead of the host name; most servers other"
                                + " than AWS need it. Empty: true if s3.endpoint is set.")
                .define(
                        S3_ACCESS_KEY,
                        ConfigDef.Type.STRING,
                        "",
                        MEDIUM,
                        "Access key. Empty: credentials come from the SDK's default chain (environment,"
                                + " profile, container or instance role).")
                .define(S3_SECRET_KEY, ConfigDef.Type.PASSWORD, "", MEDIUM, "Secret key of s3.access.key.")
                .define(S3_SESSION_TOKEN, ConfigDef.Type.PASSWORD, "", LOW, "Session token of a temporary access key.");
    }

    private static void limits(ConfigDef keys) {
        keys.define(
                        S3_MAX_CONNECTIONS,
                        ConfigDef.Type.INT,
                        64,
                        AT_LEAST_1,
                        LOW,
                        "Maximum number of concurrent connections to the store.")
                .define(
                        S3_CONNECT_TIMEOUT,
                        ConfigDef.Type.INT,
                        2_000,
                        AT_LEAST_1,
                        LOW,
                        "Timeout of a connection attempt.")
                .define(
                        S3_ATTEMPT_TIMEOUT,
                        ConfigDef.Type.INT,
                        4_000,
                        AT_LEAST_1,
                        LOW,
                        "Timeout of one attempt of a request.")
                .define(
                        S3_CALL_TIMEOUT,
                        ConfigDef.Type.INT,
                        10_000,
                        AT_LEAST_1,
                        LOW,
                        "Timeout of a request with its retries. At least s3.attempt.timeout.ms.")
                .define(
                        S3_MAX_RETRIES,
                        ConfigDef.Type.INT,
                        2,
                        Range.between(0, 10),
                        LOW,
                        "Maximum number of retries of a request.")
                .define(
                        S3_LATENCY_BOUND,
                        ConfigDef.Type.INT,
                        1_000,
                        AT_LEAST_1,
                        MEDIUM,
                        "A PUT that takes longer counts as failed. Three failures in a row open the"
                                + " circuit breaker: batches are sent directly to the leaders until it closes.");
    }
}
