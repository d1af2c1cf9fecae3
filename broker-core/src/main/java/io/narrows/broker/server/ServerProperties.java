package io.narrows.broker.server;

import io.narrows.broker.config.BrokerConfig;
import io.narrows.broker.config.BrokerKeys;
import io.narrows.broker.config.KafkaDefaults;
import io.narrows.broker.config.KafkaDefaults.Default;
import io.narrows.broker.config.RelayKeys;
import io.narrows.broker.tier.TierProperties;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.config.AbstractConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Completes the properties of a server with what Narrows needs, before Kafka's configuration sees them. Stateless. */
final class ServerProperties {
    private static final Logger LOG = LoggerFactory.getLogger(ServerProperties.class);

    private ServerProperties() {}

    static Properties complete(Properties properties) {
        BrokerKeys.addToKafka();
        List<Default> applied = new ArrayList<>();
        Properties complete = KafkaDefaults.fillIn(properties, applied);
        AbstractConfig own = BrokerConfig.parseKeys(complete);
        TierProperties.fillIn(complete, own, isBroker(complete), applied);
        for (Default each : applied) {
            LOG.atInfo()
                    .addKeyValue("key", each.key())
                    .addKeyValue("value", each.value())
                    .addKeyValue("reason", each.why())
                    .log("Applied a default that differs from Kafka's");
        }
        String relay = own.getString(RelayKeys.RELAY_LISTENER);
        if (!relay.isBlank()
                && own.getString(RelayKeys.RELAY_ADVERTISED_LISTENER).isBlank()) {
            complete.put(RelayKeys.RELAY_ADVERTISED_LISTENER, advertisedRelay(relay, complete));
        }
        return complete;
    }

    static boolean isBroker(Properties properties) {
        return Arrays.stream(properties.getProperty("process.roles", "").split(",", -1))
                .anyMatch(role -> role.trim().equals("broker"));
    }

    /** Proxies can not connect to a wildcard; where the first advertised listener is, the relay is too. */
    private static String advertisedRelay(String relay, Properties properties) {
        int colon = relay.lastIndexOf(':');
        String host = colon < 0 ? "" : relay.substring(0, colon).trim();
        boolean wildcard = host.isEmpty() || host.equals("0.0.0.0") || host.equals("[::]") || host.equals("::");
        String listeners = properties.getProperty("advertised.listeners", properties.getProperty("listeners", ""));
        int start = listeners.indexOf("://");
        if (!wildcard || start < 0) {
            return relay;
        }
        String first = listeners.substring(start + 3).split(",", 2)[0];
        int end = first.lastIndexOf(':');
        return (end < 0 ? first : first.substring(0, end)) + relay.substring(Math.max(0, colon));
    }
}
