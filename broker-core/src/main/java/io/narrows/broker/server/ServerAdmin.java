package io.narrows.broker.server;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.config.AdminKeys;
import io.narrows.broker.config.BrokerConfig;
import io.narrows.broker.config.RelayKeys;
import io.narrows.relay.SecretText;
import io.narrows.relay.admin.AdminAccess;
import io.narrows.relay.admin.AdminServer;
import io.narrows.relay.admin.Readiness;
import io.narrows.relay.metrics.ProcessMetrics;
import io.narrows.relay.net.TlsEngines;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SslClientAuth;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.apache.kafka.metadata.BrokerState;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The admin endpoint of a broker or controller, if the settings name one, and the state that it shows. Bound before the
 * server starts, so that a start that hangs can be looked at. Written by the thread that starts and stops the server,
 * read by the endpoint's.
 */
final class ServerAdmin implements AutoCloseable {
    private final Subject server;
    private final AbstractConfig settings;
    private final @Nullable InetSocketAddress address;
    private final Readiness readiness = new Readiness();
    private @Nullable AdminServer endpoint;
    private volatile State state = State.STARTING;

    /** What is shown; the broker is null in a process that is only a controller. */
    record Subject(
            KafkaConfig config,
            MetricRegistry metrics,
            String clusterId,
            @Nullable NarrowsBrokerServer broker) {}

    /** Where the server is in its life. */
    enum State {
        STARTING,
        SERVING,
        STOPPING
    }

    ServerAdmin(Subject server, Properties properties) {
        this.server = server;
        settings = BrokerConfig.parseKeys(properties);
        address = BrokerConfig.adminListener(settings);
    }

    void start() {
        MetricRegistry registry = server.metrics();
        KafkaConfig config = server.config();
        KafkaGauges.register(registry, config.nodeId());
        ProcessMetrics.info(
                registry,
                server.broker() == null ? "controller" : "broker",
                config.rack().orElse(""),
                Integer.toString(config.nodeId()));
        if (address == null) {
            return;
        }
        try {
            endpoint = AdminServer.start(
                    new InetSocketAddress(address.getHostString(), address.getPort()),
                    new AdminServer.Sources(
                            registry,
                            BrokerCatalog.CATALOG,
                            this::notReady,
                            readiness::warnings,
                            () -> CompletableFuture.completedFuture(status().json())),
                    access(config));
        } catch (IOException e) {
            throw new ConfigException("Cannot listen on " + address + ": " + e.getMessage() + ". Set "
                    + AdminKeys.ADMIN_LISTENER + " to a free local address.");
        }
    }

    Readiness readiness() {
        return readiness;
    }

    private AdminAccess access(KafkaConfig config) {
        try {
            return new AdminAccess(
                    settings.getString(AdminKeys.ADMIN_PROTOCOL).equals("SSL") ? tls(config) : null,
                    SecretText.of(
                            AdminKeys.ADMIN_TOKEN,
                            settings.getPassword(AdminKeys.ADMIN_TOKEN).value()),
                    Set.copyOf(settings.getList(AdminKeys.ADMIN_OPEN_PATHS)));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(e.getMessage());
        }
    }

    private static TlsEngines tls(KafkaConfig config) {
        Map<String, Object> ssl = config.valuesWithPrefixOverride(AdminKeys.ADMIN_SSL_PREFIX);
        String clientAuth = BrokerSecurityConfigs.SSL_CLIENT_AUTH_CONFIG;
        if (!config.originals().containsKey(AdminKeys.ADMIN_SSL_PREFIX + clientAuth)) {
            ssl.put(clientAuth, SslClientAuth.NONE.toString());
        }
        DefaultSslEngineFactory factory = new DefaultSslEngineFactory();
        factory.configure(ssl);
        if (factory.keystore() == null) {
            throw new ConfigException("Set ssl.keystore.location, or narrows.admin.ssl.keystore.location, for "
                    + AdminKeys.ADMIN_PROTOCOL + "=SSL: without a key every connection to the admin endpoint fails.");
        }
        return factory::createServerSslEngine;
    }

    void state(State now) {
        state = now;
    }

    /** -1 where there is no endpoint. */
    int port() {
        return endpoint == null ? -1 : endpoint.port();
    }

    private String notReady() {
        NarrowsBrokerServer broker = server.broker();
        if (state != State.SERVING) {
            return state.name().toLowerCase(Locale.ROOT);
        } else if (broker != null && broker.brokerState() != BrokerState.RUNNING) {
            return "the broker is " + broker.brokerState();
        }
        return "";
    }

    private ServerStatus status() {
        KafkaConfig config = server.config();
        NarrowsBrokerServer broker = server.broker();
        String notReady = notReady();
        return new ServerStatus(
                state.name(),
                notReady.isEmpty(),
                notReady,
                readiness.warnings(),
                new ServerStatus.Identity(
                        config.nodeId(),
                        server.clusterId(),
                        CollectionConverters.asJava(config.processRoles()).stream()
                                .map(Object::toString)
                                .sorted()
                                .toList(),
                        config.rack().orElse("")),
                settings.getString(RelayKeys.RELAY_ADVERTISED_LISTENER),
                broker != null && broker.links().gate().open());
    }

    @Override
    public void close() {
        if (endpoint != null) {
            endpoint.close();
        }
    }
}
