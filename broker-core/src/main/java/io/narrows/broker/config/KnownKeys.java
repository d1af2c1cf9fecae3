package io.narrows.broker.config;

import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.server.config.AbstractKafkaConfig;

/** Rejects misspelt keys, which Kafka itself would ignore, and suggests the nearest key. Stateless. */
final class KnownKeys {
    private KnownKeys() {}

    static void require(String name) {
        var known = BrokerKeys.definition().names();
        if (known.contains(name) || isTls(name)) {
            return;
        }
        String nearest = name;
        int best = Integer.MAX_VALUE;
        for (String candidate : known) {
            int distance = distance(name, candidate);
            if (distance < best || (distance == best && candidate.compareTo(nearest) < 0)) {
                best = distance;
                nearest = candidate;
            }
        }
        throw new ConfigException(
                "Unknown configuration key " + name + ": correct it to " + nearest + ", or remove it.");
    }

    /** Kafka's own names of TLS settings, for the relay and for the admin endpoint. */
    private static boolean isTls(String name) {
        return isTls(name, RelayKeys.RELAY_SSL_PREFIX) || isTls(name, AdminKeys.ADMIN_SSL_PREFIX);
    }

    private static boolean isTls(String name, String prefix) {
        return name.startsWith(prefix + "ssl.")
                && AbstractKafkaConfig.CONFIG_DEF.names().contains(name.substring(prefix.length()));
    }

    /** Insertions, deletions and replacements that turn one into the other. */
    private static int distance(String from, String to) {
        int[] previous = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] current = new int[to.length() + 1];
            current[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[to.length()];
    }
}
