package io.narrows.broker.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/reference/broker-metrics.md says what the code says; -Dnarrows.docs.write=true writes it anew. */
final class MetricReferenceTest {
    private static final Path PAGE = Path.of("..", "docs", "reference", "broker-metrics.md");

    @Test
    void thePageIsTheOneTheCodeGenerates() throws IOException {
        String generated = BrokerCatalog.CATALOG.markdown();
        if (Boolean.getBoolean("narrows.docs.write")) {
            Files.writeString(PAGE, generated);
        }
        assertThat(Files.readString(PAGE))
                .as("out of date: run this test with -Dnarrows.docs.write=true")
                .isEqualTo(generated);
    }
}
