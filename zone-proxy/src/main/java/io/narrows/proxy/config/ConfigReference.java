package io.narrows.proxy.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;

/** Writes the reference page of the proxy's configuration from its definition. Stateless. */
public final class ConfigReference {
    private ConfigReference() {}

    /** The page in Markdown. */
    public static String markdown() {
        StringBuilder page = new StringBuilder("""
                # Configuration of the zone proxy

                One properties file, `narrows proxy --config FILE`. This page is generated from the code. An unknown key
                stops the start.

                """);
        List<ConfigKey> keys =
                new ArrayList<>(ProxyConfigKeys.definition().configKeys().values());
        boolean kafkasText = false;
        for (ConfigKey key : keys) {
            if (kafkasText != isKafkas(key)) {
                kafkasText = !kafkasText;
                page.append(kafkasText ? "<!-- vale off -->\n\n" : "<!-- vale on -->\n\n");
            }
            page.append("## `").append(key.name).append("`\n\n");
            page.append(key.documentation.replaceAll("<[^>]+>", "").trim()).append("\n\n");
            page.append("- Type: ")
                    .append(key.type.name().toLowerCase(Locale.ROOT))
                    .append('\n');
            page.append("- Default: ").append(defaultOf(key)).append('\n');
            if (key.validator != null && !(key.validator instanceof ConfigDef.NonEmptyString)) {
                page.append("- Valid: ").append(key.validator).append('\n');
            }
            page.append('\n');
        }
        return page.toString().stripTrailing() + "\n";
    }

    /** Kafka's own TLS keys have Kafka's text, which the check of the language leaves out. */
    private static boolean isKafkas(ConfigKey key) {
        return key.name.startsWith("ssl.") || key.name.startsWith(TlsKeys.UPSTREAM_PREFIX + "ssl.");
    }

    private static String defaultOf(ConfigKey key) {
        if (!key.hasDefault()) {
            return "none, must be set";
        }
        Object value = key.defaultValue;
        String text = value == null ? "" : ConfigDef.convertToString(value, key.type);
        return text == null || text.isEmpty() ? "empty" : "`" + text + "`";
    }
}
