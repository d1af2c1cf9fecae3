package io.narrows.proxy.config;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;

/** What the readers of single groups of keys share. Stateless. */
final class ConfigValues {
    private ConfigValues() {}

    /** {@code rule} begins with "must". */
    static ConfigException invalid(String key, Object value, String rule) {
        return new ConfigException(key + " " + rule + ", got " + (value instanceof Number ? value : "'" + value + "'"));
    }

    static Map<String, Object> tlsConfigs(AbstractConfig config) {
        Map<String, Object> tls = new HashMap<>();
        TlsKeys.names().forEach(key -> {
            if (config.values().get(key) != null) {
                tls.put(key, config.values().get(key));
            }
        });
        return tls;
    }
}
