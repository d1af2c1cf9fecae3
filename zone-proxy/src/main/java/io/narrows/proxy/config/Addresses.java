package io.narrows.proxy.config;

import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.server.BrokerPorts;
import io.narrows.proxy.server.Listener;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.AbstractConfig;

/** The settings that hold addresses. Host names are not resolved here. */
final class Addresses {
    private static final Pattern LISTENER = Pattern.compile("([A-Za-z0-9_]+)://(\\[[^\\]]*]|[^:\\[]*):([0-9]{1,5})");
    private static final Pattern HOST_PORT = Pattern.compile("(\\[[^\\]]+]|[^:\\[]+):([0-9]{1,5})");
    private static final int MAX_PORT = 65_535;
    private static final String PLAINTEXT = "PLAINTEXT";
    private static final String SSL = "SSL";

    private final AbstractConfig config;

    private record Named(String name, Endpoint endpoint) {}

    Addresses(AbstractConfig config) {
        this.config = config;
    }

    List<Listener> listeners() {
        Map<String, String> protocols = protocols();
        Map<String, Endpoint> advertised = byName(ProxyConfigKeys.ADVERTISED_LISTENERS);
        Map<String, Endpoint> bound = byName(ProxyConfigKeys.LISTENERS);
        if (bound.isEmpty()) {
            throw ConfigValues.invalid(
                    ProxyConfigKeys.LISTENERS, "", "must name at least one listener, like PLAINTEXT://localhost:9092");
        }
        advertised.keySet().stream()
                .filter(name -> !bound.containsKey(name))
                .findFirst()
                .ifPresent(name -> {
                    throw ConfigValues.invalid(
                            ProxyConfigKeys.ADVERTISED_LISTENERS, name, "must only have names of listeners");
                });
        config.getList(ProxyConfigKeys.BROKER_PORT_BASE).stream()
                .map(entry -> entry.trim().split(":", -1)[0])
                .filter(name -> !name.isEmpty() && !bound.containsKey(name))
                .findFirst()
                .ifPresent(name -> {
                    throw ConfigValues.invalid(
                            ProxyConfigKeys.BROKER_PORT_BASE, name, "must only have names of listeners");
                });
        List<Listener> listeners = new ArrayList<>();
        bound.forEach((name, endpoint) -> listeners.add(listener(name, endpoint, protocols, advertised)));
        return listeners;
    }

    private Listener listener(
            String name, Endpoint endpoint, Map<String, String> protocols, Map<String, Endpoint> advertised) {
        String protocol = protocols.get(name);
        if (protocol == null) {
            throw ConfigValues.invalid(
                    ProxyConfigKeys.LISTENERS,
                    name,
                    "must only have names with a protocol in listener.security.protocol.map");
        }
        Endpoint shown = advertised.get(name);
        if (shown == null && !endpoint.host().isEmpty() && !endpoint.host().equals("0.0.0.0")) {
            shown = endpoint;
        }
        return new Listener(
                name,
                endpoint.host(),
                endpoint.port(),
                shown,
                protocol.equals(SSL) ? Optional.of(ConfigValues.tlsConfigs(config)) : Optional.empty(),
                brokerPorts(name));
    }

    private BrokerPorts brokerPorts(String listener) {
        for (String entry : config.getList(ProxyConfigKeys.BROKER_PORT_BASE)) {
            String[] parts = entry.trim().split(":", -1);
            if (parts.length != 2 || !parts[1].matches("[1-9][0-9]{0,4}")) {
                throw ConfigValues.invalid(ProxyConfigKeys.BROKER_PORT_BASE, entry, "must be NAME:port");
            }
            if (parts[0].equals(listener)) {
                return BrokerPorts.of(port(ProxyConfigKeys.BROKER_PORT_BASE, entry, parts[1]));
            }
        }
        return BrokerPorts.NONE;
    }

    private Map<String, String> protocols() {
        Map<String, String> protocols = new HashMap<>();
        for (String entry : config.getList(ProxyConfigKeys.PROTOCOL_MAP)) {
            String[] parts = entry.trim().split(":", -1);
            if (parts.length != 2 || !List.of(PLAINTEXT, SSL).contains(parts[1])) {
                throw ConfigValues.invalid(ProxyConfigKeys.PROTOCOL_MAP, entry, "must be NAME:PLAINTEXT or NAME:SSL");
            }
            protocols.put(parts[0], parts[1]);
        }
        return protocols;
    }

    private Map<String, Endpoint> byName(String key) {
        Map<String, Endpoint> byName = new LinkedHashMap<>();
        for (String entry : config.getList(key)) {
            if (entry.isBlank()) {
                continue;
            }
            Matcher matcher = LISTENER.matcher(entry.trim());
            if (!matcher.matches()) {
                throw ConfigValues.invalid(key, entry, "must be NAME://host:port");
            }
            Named named = new Named(
                    matcher.group(1), new Endpoint(bare(matcher.group(2)), port(key, entry, matcher.group(3))));
            if (byName.put(named.name(), named.endpoint()) != null) {
                throw ConfigValues.invalid(key, entry, "must have each name once");
            }
        }
        return byName;
    }

    List<InetSocketAddress> bootstrap() {
        List<InetSocketAddress> brokers = new ArrayList<>();
        for (String entry : config.getList(ProxyConfigKeys.BOOTSTRAP_SERVERS)) {
            brokers.add(hostPort(ProxyConfigKeys.BOOTSTRAP_SERVERS, entry));
        }
        if (brokers.isEmpty()) {
            throw ConfigValues.invalid(
                    ProxyConfigKeys.BOOTSTRAP_SERVERS, "", "must name at least one broker, like localhost:9092");
        }
        return brokers;
    }

    Map<Integer, InetSocketAddress> relays() {
        Map<Integer, InetSocketAddress> relays = new HashMap<>();
        for (String entry : config.getList(PathKeys.RELAY_ENDPOINTS)) {
            if (entry.isBlank()) {
                continue;
            }
            int equals = entry.indexOf('=');
            if (equals <= 0 || !entry.substring(0, equals).trim().matches("[0-9]{1,9}")) {
                throw ConfigValues.invalid(PathKeys.RELAY_ENDPOINTS, entry, "must be brokerId=host:port");
            }
            relays.put(
                    Integer.parseInt(entry.substring(0, equals).trim()),
                    hostPort(PathKeys.RELAY_ENDPOINTS, entry.substring(equals + 1)));
        }
        return relays;
    }

    Optional<InetSocketAddress> admin() {
        String value = config.getString(AdminKeys.ADMIN_LISTENER).trim();
        if (value.isEmpty()) {
            return Optional.empty();
        }
        InetSocketAddress address = hostPort(AdminKeys.ADMIN_LISTENER, value);
        return Optional.of(new InetSocketAddress(address.getHostString(), address.getPort()));
    }

    private static InetSocketAddress hostPort(String key, String value) {
        Matcher matcher = HOST_PORT.matcher(value.trim());
        if (!matcher.matches()) {
            throw ConfigValues.invalid(key, value, "must be host:port");
        }
        return InetSocketAddress.createUnresolved(bare(matcher.group(1)), port(key, value, matcher.group(2)));
    }

    private static String bare(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static int port(String key, String value, String digits) {
        int port = Integer.parseInt(digits);
        if (port > MAX_PORT) {
            throw ConfigValues.invalid(key, value, "must have a port <= " + MAX_PORT);
        }
        return port;
    }
}
