package io.narrows.proxy.config;

import io.narrows.proxy.api.ClusterApis;
import io.narrows.proxy.api.ReservedGroupIds;
import io.narrows.proxy.config.ProxyConfig.Identity;
import io.narrows.proxy.config.ProxyConfig.PathSettings;
import io.narrows.proxy.config.ProxyConfig.RelaySettings;
import io.narrows.proxy.config.ProxyConfig.ServerSettings;
import io.narrows.proxy.gateway.GatewaySettings;
import io.narrows.proxy.gateway.NodeIds;
import io.narrows.proxy.server.KafkaServer;
import io.narrows.proxy.server.Listener;
import io.narrows.proxy.server.SessionLimits;
import io.narrows.relay.memory.ClientMemory;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.price.PriceBooks;
import io.narrows.relay.rpc.WireCompression;
import io.narrows.relay.store.S3Settings;
import io.narrows.router.policy.PathMode;
import io.narrows.router.policy.PathPolicy;
import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.jspecify.annotations.Nullable;

/** Turns keys and values into a {@link ProxyConfig}; every error message names the key, the found value and what is allowed. */
public final class ProxyConfigParser {
    private static final int MAX_ZONE_CHARS_IN_WRITER = 16;
    private static final double PERCENT = 100;
    private static final Pattern GROUP = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final AbstractConfig config;
    private final Addresses addresses;

    private ProxyConfigParser(AbstractConfig config) {
        this.config = config;
        this.addresses = new Addresses(config);
    }

    /** Reads a properties file; throws {@link ConfigException} with a message that says what to do. */
    public static ProxyConfig load(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException e) {
            throw new ConfigException("cannot read the configuration file " + file + ": " + e.getMessage());
        }
        Map<String, String> values = new HashMap<>();
        properties.stringPropertyNames().forEach(name -> values.put(name, properties.getProperty(name)));
        return parse(values);
    }

    /** The same from a map of keys and values. */
    public static ProxyConfig parse(Map<String, String> values) {
        ConfigDef keys = ProxyConfigKeys.definition();
        rejectUnknown(values, keys);
        rejectInvalid(values, keys);
        return new ProxyConfigParser(new AbstractConfig(keys, values, false)).build();
    }

    private static void rejectUnknown(Map<String, String> values, ConfigDef keys) {
        List<String> complaints = new ArrayList<>();
        values.keySet().stream()
                .sorted()
                .filter(key -> !keys.names().contains(key))
                .forEach(key -> {
                    Optional<String> nearest = Suggestion.nearest(key, keys.names());
                    complaints.add("unknown key '" + key + "'"
                            + nearest.map(name -> ", did you mean '" + name + "'?")
                                    .orElse(", remove it"));
                });
        throwIfAny(complaints);
    }

    private static void rejectInvalid(Map<String, String> values, ConfigDef keys) {
        List<String> complaints = new ArrayList<>();
        for (ConfigValue value : keys.validate(values)) {
            complaints.addAll(value.errorMessages());
        }
        throwIfAny(complaints);
    }

    private static void throwIfAny(List<String> complaints) {
        if (!complaints.isEmpty()) {
            throw new ConfigException(String.join("; ", complaints));
        }
    }

    private ProxyConfig build() {
        List<Listener> listeners = addresses.listeners();
        ServerSettings server = server();
        Optional<GatewaySettings> gateway = gateway(listeners);
        String writer = writer();
        return new ProxyConfig(
                new Identity(
                        text(ProxyConfigKeys.ZONE),
                        gateway.isPresent() ? nodeIdInGateway(writer) : integer(ProxyConfigKeys.NODE_ID),
                        integer(ProxyConfigKeys.NODES),
                        config.getList(ProxyConfigKeys.NODES_CLIENTS),
                        writer),
                listeners,
                ZoneSettings.rules(config, listeners),
                upstream(),
                s3(),
                path(),
                new RelaySettings(addresses.relays(), compression()),
                server,
                clusterApis(),
                gateway);
    }

    private ClusterApis clusterApis() {
        try {
            return ClusterApis.allowing(config.getList(ProxyConfigKeys.CLUSTER_APIS));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(ProxyConfigKeys.CLUSTER_APIS + ": " + e.getMessage());
        }
    }

    private Optional<GatewaySettings> gateway(List<Listener> listeners) {
        String group = text(ProxyConfigKeys.GATEWAY_GROUP);
        if (group.isEmpty()) {
            return Optional.empty();
        }
        if (!GROUP.matcher(group).matches()) {
            throw ConfigValues.invalid(
                    ProxyConfigKeys.GATEWAY_GROUP, group, "must be 1 to 64 letters, digits, '.', '_' and '-'");
        }
        for (Listener listener : listeners) {
            if (listener.advertised() == null) {
                throw new ConfigException(
                        "advertised.listeners must name every listener of a proxy in a gateway, found none for "
                                + listener.name() + "; add it, because clients learn it from the other proxies");
            }
        }
        int session = integer(ProxyConfigKeys.GATEWAY_SESSION_TIMEOUT);
        int heartbeat = integer(ProxyConfigKeys.GATEWAY_HEARTBEAT_INTERVAL);
        if (heartbeat > session / 3) {
            throw ConfigValues.invalid(
                    ProxyConfigKeys.GATEWAY_HEARTBEAT_INTERVAL,
                    heartbeat,
                    "must be <= a third of gateway.session.timeout.ms (" + session + ")");
        }
        String groupId = ReservedGroupIds.PREFIX + group + "." + text(ProxyConfigKeys.ZONE);
        return Optional.of(new GatewaySettings(
                groupId,
                integer(ProxyConfigKeys.GATEWAY_OWNERS),
                session,
                heartbeat,
                new GatewayTrust(config).read(listeners)));
    }

    private int nodeIdInGateway(String writer) {
        boolean configured = config.originals().containsKey(ProxyConfigKeys.NODE_ID);
        return configured ? integer(ProxyConfigKeys.NODE_ID) : NodeIds.madeUp(writer, 0);
    }

    private String writer() {
        String configured = text(ProxyConfigKeys.WRITER_ID);
        String writer = configured.isEmpty() ? derivedWriter() : configured;
        if (!WalObjectId.isWriter(writer)) {
            throw ConfigValues.invalid(
                    ProxyConfigKeys.WRITER_ID, writer, "must be 1 to 32 of a-z, 0-9, '.', '_' and '-', and unique");
        }
        return writer;
    }

    /** Stable over restarts of this proxy, and different for every other proxy. */
    private String derivedWriter() {
        CRC32 crc = new CRC32();
        String place = hostName() + " " + config.getList(ProxyConfigKeys.LISTENERS);
        crc.update(place.getBytes(StandardCharsets.UTF_8));
        String zone = text(ProxyConfigKeys.ZONE).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]", "-");
        String shortZone = zone.substring(0, Math.min(zone.length(), MAX_ZONE_CHARS_IN_WRITER));
        return "proxy-" + shortZone + "-" + String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    private S3Settings s3() {
        String accessKey = text(StoreKeys.S3_ACCESS_KEY);
        String secret = config.getPassword(StoreKeys.S3_SECRET_KEY).value();
        if (accessKey.isEmpty() != secret.isEmpty()) {
            throw new ConfigException(
                    "s3.access.key and s3.secret.key must be set together, got one of them; set both or neither");
        }
        String token = config.getPassword(StoreKeys.S3_SESSION_TOKEN).value();
        if (accessKey.isEmpty() && !token.isEmpty()) {
            throw new ConfigException(
                    "s3.session.token is set without an access key; set s3.access.key and s3.secret.key, or remove it");
        }
        URI endpoint = endpoint();
        Boolean pathStyle = config.getBoolean(StoreKeys.S3_PATH_STYLE);
        if (integer(StoreKeys.S3_CALL_TIMEOUT) < integer(StoreKeys.S3_ATTEMPT_TIMEOUT)) {
            throw ConfigValues.invalid(
                    StoreKeys.S3_CALL_TIMEOUT,
                    integer(StoreKeys.S3_CALL_TIMEOUT),
                    "must be >= s3.attempt.timeout.ms (" + integer(StoreKeys.S3_ATTEMPT_TIMEOUT) + ")");
        }
        return new S3Settings(
                endpoint,
                text(StoreKeys.S3_REGION),
                text(StoreKeys.S3_BUCKET),
                pathStyle == null ? endpoint != null : pathStyle,
                accessKey.isEmpty()
                        ? null
                        : new S3Settings.Credentials(accessKey, secret, token.isEmpty() ? null : token),
                new S3Settings.Limits(
                        integer(StoreKeys.S3_MAX_CONNECTIONS),
                        Duration.ofMillis(integer(StoreKeys.S3_CONNECT_TIMEOUT)),
                        Duration.ofMillis(integer(StoreKeys.S3_ATTEMPT_TIMEOUT)),
                        Duration.ofMillis(integer(StoreKeys.S3_CALL_TIMEOUT)),
                        integer(StoreKeys.S3_MAX_RETRIES)));
    }

    private @Nullable URI endpoint() {
        String value = text(StoreKeys.S3_ENDPOINT);
        if (value.isEmpty()) {
            return null;
        }
        try {
            URI uri = new URI(value);
            if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme())) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // Falls through to the one message for all malformed values.
        }
        throw ConfigValues.invalid(StoreKeys.S3_ENDPOINT, value, "must be a URL like http://localhost:9000");
    }

    private PathSettings path() {
        double putsPerSecond = config.getDouble(PathKeys.WAL_PUTS_PER_SECOND);
        if (!(putsPerSecond > 0)) {
            throw ConfigValues.invalid(
                    PathKeys.WAL_PUTS_PER_SECOND, putsPerSecond, "must be > 0 (path.mode=direct sends no PUTs)");
        }
        try {
            return new PathSettings(
                    PathMode.parse(text(PathKeys.PATH_MODE)),
                    PriceBooks.load(text(PathKeys.PRICE_BOOK)),
                    new PathPolicy.Usage(integer(PathKeys.REPLICATION_FACTOR), integer(PathKeys.READING_ZONES)),
                    new PathSettings.Flush(
                            integer(PathKeys.WAL_FLUSH_BYTES),
                            integer(PathKeys.WAL_LINGER),
                            integer(PathKeys.WAL_PUTS_IN_FLIGHT),
                            putsPerSecond,
                            integer(PathKeys.LANE_IN_FLIGHT)),
                    config.getDouble(PathKeys.BYPASS_COST) / PERCENT,
                    integer(StoreKeys.S3_LATENCY_BOUND));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(e.getMessage());
        }
    }

    private ProxyConfig.Upstream upstream() {
        Map<String, Object> ssl = new HashMap<>();
        config.values().forEach((key, value) -> {
            if (value != null && key.startsWith(TlsKeys.UPSTREAM_PREFIX)) {
                ssl.put(key.substring(TlsKeys.UPSTREAM_PREFIX.length()), value);
            }
        });
        return new ProxyConfig.Upstream(
                addresses.bootstrap(),
                text(TlsKeys.UPSTREAM_PROTOCOL).equals("SSL"),
                text(TlsKeys.RELAY_PROTOCOL).equals("SSL"),
                ssl);
    }

    private WireCompression compression() {
        return WireCompression.valueOf(text(PathKeys.RELAY_COMPRESSION).toUpperCase(Locale.ROOT));
    }

    private ServerSettings server() {
        long memory = config.getLong(LimitKeys.BUFFER_MEMORY);
        int maxRequest = integer(LimitKeys.MAX_REQUEST);
        if (memory < maxRequest) {
            throw ConfigValues.invalid(
                    LimitKeys.BUFFER_MEMORY, memory, "must be >= socket.request.max.bytes (" + maxRequest + ")");
        }
        SessionLimits session = new SessionLimits(
                integer(LimitKeys.MAX_OUTSTANDING_REQUESTS),
                config.getLong(LimitKeys.MAX_OUTSTANDING_BYTES),
                config.getLong(LimitKeys.MAX_IDLE),
                config.getLong(LimitKeys.RECEIVE_TIMEOUT),
                config.getLong(LimitKeys.SLOW_READER_TIMEOUT),
                config.getLong(LimitKeys.MAX_PENDING_WRITE));
        KafkaServer.Limits limits = new KafkaServer.Limits(
                integer(LimitKeys.MAX_CONNECTIONS),
                (int) orThreeQuarters(integer(LimitKeys.MAX_CONNECTIONS_PER_IP), integer(LimitKeys.MAX_CONNECTIONS)),
                maxRequest,
                Math.min(maxRequest, integer(LimitKeys.MAX_CONTROL_REQUEST)),
                session);
        return new ServerSettings(
                limits,
                new ClientMemory.Limits(
                        memory,
                        integer(LimitKeys.CLIENT_MAX_REQUESTS),
                        config.getLong(LimitKeys.CLIENT_MAX_BYTES),
                        orThreeQuarters(config.getLong(LimitKeys.ADDRESS_MAX_BYTES), memory)),
                new ClientMemory.Limits(
                        config.getLong(LimitKeys.FETCH_MEMORY),
                        Integer.MAX_VALUE,
                        config.getLong(LimitKeys.CLIENT_MAX_FETCH_BYTES)),
                integer(LimitKeys.FETCH_SESSIONS),
                integer(LimitKeys.REQUEST_TIMEOUT),
                config.getLong(LimitKeys.DRAIN_TIMEOUT),
                integer(LimitKeys.NETWORK_THREADS),
                AdminKeys.read(config, addresses));
    }

    /** By default, one address may have three quarters and leaves the rest to others. */
    private static long orThreeQuarters(long configured, long whole) {
        return configured > 0 ? configured : Math.max(1, whole - whole / 4);
    }

    private String text(String key) {
        return config.getString(key).trim();
    }

    private int integer(String key) {
        return config.getInt(key);
    }
}
