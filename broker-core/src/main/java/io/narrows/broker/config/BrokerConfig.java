package io.narrows.broker.config;

import io.narrows.broker.config.BrokerSettings.Gc;
import io.narrows.broker.config.BrokerSettings.LinkMode;
import io.narrows.broker.config.BrokerSettings.Linking;
import io.narrows.broker.config.BrokerSettings.Reading;
import io.narrows.broker.config.BrokerSettings.Relay;
import io.narrows.broker.config.BrokerSettings.Wal;
import io.narrows.broker.read.CatchUpReadThrottle;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.price.PriceBook;
import io.narrows.relay.price.PriceBooks;
import io.narrows.relay.store.S3Settings;
import io.narrows.relay.store.S3Settings.Credentials;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/** Parses the {@code narrows.*} keys; every error says what to change. Stateless. */
public final class BrokerConfig {
    private BrokerConfig() {}

    /** Settings of a broker. Throws {@link ConfigException}. */
    public static BrokerSettings parse(Properties properties) {
        AbstractConfig config = parseKeys(properties);
        return new BrokerSettings(
                s3(config),
                writerId(config, properties),
                linking(config),
                wal(config),
                reading(config),
                tier(config),
                relay(config),
                gc(config));
    }

    /** Checks names and types of the keys, also those of a controller, which needs none of them. */
    public static AbstractConfig parseKeys(Properties properties) {
        for (String name : properties.stringPropertyNames()) {
            if (name.startsWith(BrokerKeys.PREFIX)) {
                KnownKeys.require(name);
            }
        }
        return new AbstractConfig(BrokerKeys.definition(), properties, Map.of(), false);
    }

    /** Admin listener of a server of any role, from {@link #parseKeys}; null: the endpoint is disabled. */
    public static @Nullable InetSocketAddress adminListener(AbstractConfig config) {
        String listener = config.getString(AdminKeys.ADMIN_LISTENER);
        return listener.isBlank() ? null : address(AdminKeys.ADMIN_LISTENER, listener);
    }

    private static S3Settings s3(AbstractConfig config) {
        String bucket = config.getString(BrokerKeys.S3_BUCKET);
        if (bucket.isBlank()) {
            throw new ConfigException(
                    "Set " + BrokerKeys.S3_BUCKET + " to the bucket that brokers and proxies of this cluster share.");
        }
        URI endpoint = endpoint(config);
        Boolean pathStyle = config.getBoolean(BrokerKeys.S3_PATH_STYLE_ACCESS);
        try {
            return new S3Settings(
                    endpoint,
                    config.getString(BrokerKeys.S3_REGION),
                    bucket,
                    pathStyle == null ? endpoint != null : pathStyle,
                    credentials(config),
                    new S3Settings.Limits(
                            config.getInt(BrokerKeys.S3_MAX_CONNECTIONS),
                            millis(config, BrokerKeys.S3_CONNECT_TIMEOUT_MS),
                            millis(config, BrokerKeys.S3_ATTEMPT_TIMEOUT_MS),
                            millis(config, BrokerKeys.S3_CALL_TIMEOUT_MS),
                            config.getInt(BrokerKeys.S3_MAX_RETRIES)));
        } catch (IllegalArgumentException e) {
            throw new ConfigException("Check the narrows.s3.* settings: " + e.getMessage() + ".");
        }
    }

    private static Duration millis(AbstractConfig config, String key) {
        return Duration.ofMillis(config.getInt(key));
    }

    private static @Nullable URI endpoint(AbstractConfig config) {
        String value = config.getString(BrokerKeys.S3_ENDPOINT);
        if (value.isBlank()) {
            return null;
        }
        try {
            URI endpoint = URI.create(value);
            if (endpoint.getHost() != null
                    && ("http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme()))) {
                return endpoint;
            }
        } catch (IllegalArgumentException e) {
            throw new ConfigException("Set " + BrokerKeys.S3_ENDPOINT + " to a URL like http://host:9000, not " + value
                    + ": " + e.getMessage() + ".");
        }
        throw new ConfigException(
                "Set " + BrokerKeys.S3_ENDPOINT + " to a URL like http://host:9000, not " + value + ".");
    }

    private static @Nullable Credentials credentials(AbstractConfig config) {
        String accessKey = config.getString(BrokerKeys.S3_ACCESS_KEY);
        Password secret = config.getPassword(BrokerKeys.S3_SECRET_KEY);
        if (accessKey.isBlank() != secret.value().isBlank()) {
            throw new ConfigException("Set both " + BrokerKeys.S3_ACCESS_KEY + " and " + BrokerKeys.S3_SECRET_KEY
                    + ", or neither to use the machine's own credentials.");
        }
        String token = config.getPassword(BrokerKeys.S3_SESSION_TOKEN).value();
        if (accessKey.isBlank() && !token.isBlank()) {
            throw new ConfigException("Set " + BrokerKeys.S3_ACCESS_KEY + " and " + BrokerKeys.S3_SECRET_KEY + " with "
                    + BrokerKeys.S3_SESSION_TOKEN + ".");
        }
        return accessKey.isBlank() ? null : new Credentials(accessKey, secret.value(), token.isBlank() ? null : token);
    }

    private static String writerId(AbstractConfig config, Properties properties) {
        String configured = config.getString(BrokerKeys.WRITER_ID);
        String id = configured.isBlank()
                ? "broker-" + properties.getProperty("node.id", "0").trim()
                : configured;
        if (!WalObjectId.isWriter(id)) {
            throw new ConfigException("Set " + BrokerKeys.WRITER_ID
                    + " to 1 to 32 of a-z 0-9 . _ -, starting with a letter or digit, not " + id + ".");
        }
        return id;
    }

    private static Linking linking(AbstractConfig config) {
        String book = config.getString(BrokerKeys.PRICE_BOOK);
        PriceBook prices;
        try {
            prices = PriceBooks.load(book);
        } catch (RuntimeException e) {
            throw new ConfigException("Set " + BrokerKeys.PRICE_BOOK + " to one of " + PriceBooks.NAMES
                    + " or to a price book file; " + book + " cannot be read: " + e.getMessage());
        }
        return new Linking(
                LinkMode.valueOf(config.getString(BrokerKeys.LINK_MODE).toUpperCase(Locale.ROOT)),
                config.getInt(BrokerKeys.LINK_MIN_BYTES),
                config.getInt(BrokerKeys.FOLLOWER_FETCH_LINGER_MS),
                config.getInt(BrokerKeys.FOLLOWER_FETCH_MAX_WAIT_AFTER_DATA_MS),
                prices);
    }

    private static Wal wal(AbstractConfig config) {
        return new Wal(
                config.getInt(BrokerKeys.WAL_FLUSH_BYTES),
                config.getInt(BrokerKeys.WAL_LINGER_MS),
                config.getInt(BrokerKeys.WAL_PUTS_IN_FLIGHT),
                config.getInt(BrokerKeys.WAL_PUTS_PER_SECOND),
                config.getInt(BrokerKeys.WAL_PUT_TIMEOUT_MS),
                config.getLong(BrokerKeys.WAL_BUFFER_BYTES));
    }

    private static Reading reading(AbstractConfig config) {
        return new Reading(
                config.getLong(BrokerKeys.CACHE_BYTES),
                config.getInt(BrokerKeys.READ_GETS_IN_FLIGHT),
                config.getLong(BrokerKeys.READ_CATCH_UP_CACHE_BYTES),
                config.getLong(BrokerKeys.READ_MEMORY_BYTES),
                config.getInt(BrokerKeys.SLOW_READER_TIMEOUT_MS),
                config.getInt(BrokerKeys.READ_THREADS),
                new CatchUpReadThrottle.Settings(
                        config.getInt(BrokerKeys.READ_CATCH_UP_THROTTLE_CPU_PERCENT),
                        config.getLong(BrokerKeys.READ_CATCH_UP_MIN_BYTES_PER_SECOND)));
    }

    private static TierSettings tier(AbstractConfig config) {
        int partBytes = config.getInt(TierKeys.TIER_PART_BYTES);
        if (partBytes % TierSettings.BLOCK_BYTES != 0) {
            throw new ConfigException("Set " + TierKeys.TIER_PART_BYTES + " to a multiple of "
                    + TierSettings.BLOCK_BYTES + ", not " + partBytes + ".");
        }
        return new TierSettings(
                partBytes,
                config.getLong(TierKeys.TIER_CACHE_BYTES),
                config.getInt(TierKeys.TIER_READ_AHEAD_BYTES),
                config.getLong(TierKeys.TIER_COPY_BYTES_PER_SECOND),
                config.getLong(TierKeys.TIER_COPY_TIMEOUT_MS),
                new TierSettings.Roll(
                        config.getLong(TierKeys.TIER_ROLL_MS),
                        config.getLong(TierKeys.TIER_ROLL_MAX_MS),
                        config.getLong(TierKeys.TIER_ROLL_MIN_BYTES)));
    }

    private static @Nullable Relay relay(AbstractConfig config) {
        String listener = config.getString(RelayKeys.RELAY_LISTENER);
        String advertised = config.getString(RelayKeys.RELAY_ADVERTISED_LISTENER);
        if (!advertised.isBlank()) {
            InetSocketAddress unused = address(RelayKeys.RELAY_ADVERTISED_LISTENER, advertised);
        }
        if (listener.isBlank()) {
            if (!advertised.isBlank()) {
                throw new ConfigException("Set " + RelayKeys.RELAY_LISTENER + " too: "
                        + RelayKeys.RELAY_ADVERTISED_LISTENER + " is set, but the relay is disabled.");
            }
            return null;
        }
        return new Relay(
                address(RelayKeys.RELAY_LISTENER, listener),
                config.getLong(RelayKeys.RELAY_MEMORY_BYTES),
                config.getInt(RelayKeys.RELAY_MAX_FRAME_BYTES),
                config.getInt(RelayKeys.RELAY_NETWORK_THREADS),
                config.getInt(RelayKeys.RELAY_HANDLER_THREADS),
                config.getInt(RelayKeys.RELAY_FETCH_TIMEOUT_MS),
                config.getString(RelayKeys.RELAY_SECURITY_PROTOCOL).equals("SSL"),
                allowedPrincipals(config));
    }

    private static Set<String> allowedPrincipals(AbstractConfig config) {
        Set<String> allowed = Arrays.stream(
                        config.getString(RelayKeys.RELAY_ALLOWED_PRINCIPALS).split(";"))
                .map(String::trim)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toSet());
        if (!allowed.isEmpty()
                && !config.getString(RelayKeys.RELAY_SECURITY_PROTOCOL).equals("SSL")) {
            throw new ConfigException("Set " + RelayKeys.RELAY_SECURITY_PROTOCOL + " to SSL, or remove "
                    + RelayKeys.RELAY_ALLOWED_PRINCIPALS + ": PLAINTEXT connections have no principal.");
        }
        return allowed;
    }

    private static Gc gc(AbstractConfig config) {
        long intervalMs = config.getLong(BrokerKeys.GC_INTERVAL_MS);
        long graceMs = config.getLong(BrokerKeys.GC_GRACE_MS);
        if (graceMs < 2 * intervalMs) {
            throw new ConfigException("Set " + BrokerKeys.GC_GRACE_MS + " to at least twice "
                    + BrokerKeys.GC_INTERVAL_MS + " (" + intervalMs + "), not " + graceMs + ".");
        }
        return new Gc(config.getBoolean(BrokerKeys.GC_ENABLE), intervalMs, graceMs);
    }

    private static InetSocketAddress address(String key, String value) {
        int colon = value.lastIndexOf(':');
        try {
            int port = Integer.parseInt(value.substring(colon + 1).trim());
            String host = value.substring(0, Math.max(0, colon)).trim();
            if (colon >= 0 && port >= 0 && port <= 65_535) {
                return host.isEmpty() ? new InetSocketAddress(port) : InetSocketAddress.createUnresolved(host, port);
            }
        } catch (NumberFormatException e) {
            // Falls through to the sentence below.
        }
        throw new ConfigException("Set " + key + " to host:port, not " + value + ".");
    }
}
