package io.narrows.broker.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.junit.jupiter.api.Test;

/** docs/reference/broker-config.md says what the code says; -Dnarrows.docs.write=true regenerates it. */
final class ConfigReferenceTest {
    private static final Path PAGE = Path.of("..", "docs", "reference", "broker-config.md");

    @Test
    void thePageIsTheOneTheCodeGenerates() throws IOException {
        if (Boolean.getBoolean("narrows.docs.write")) {
            Files.writeString(PAGE, markdown());
        }
        assertThat(Files.readString(PAGE))
                .as("out of date: run this test with -Dnarrows.docs.write=true")
                .isEqualTo(markdown());
    }

    private static String markdown() {
        StringBuilder page = new StringBuilder("""
                # Configuration of the broker

                The properties file of `narrows broker --config FILE` contains Kafka's own settings and these. This page is
                generated from the code. The broker rejects unknown keys that start with `narrows.` and does not start.

                """);
        BrokerKeys.definition().configKeys().values().stream()
                .sorted((a, b) -> a.name.compareTo(b.name))
                .forEach(key -> page.append(section(key)));
        page.append("""
                ## Kafka settings with another default
                Values in the properties file take precedence. The broker does not start with `log.cleaner.enable=false`.

                | Key | Default | Why |
                |---|---|---|
                """);
        KafkaDefaults.ALL.forEach(
                each -> page.append("| `%s` | `%s` | %s |\n".formatted(each.key(), each.value(), each.why())));
        return page.toString();
    }

    private static String section(ConfigKey key) {
        String type = key.type.name().toLowerCase(Locale.ROOT);
        String fallback =
                key.defaultValue == null || key.defaultValue.toString().isEmpty()
                        ? "none"
                        : key.type.isSensitive() ? "none" : "`" + key.defaultValue + "`";
        String valid = key.validator == null ? "" : "- Valid: " + key.validator + "\n";
        return "## `" + key.name + "`\n\n" + key.documentation + "\n\n- Type: " + type + "\n- Default: " + fallback
                + "\n" + valid + "\n";
    }
}
