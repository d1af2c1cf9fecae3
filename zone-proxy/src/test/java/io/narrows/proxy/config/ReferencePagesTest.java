package io.narrows.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.admin.ProxyCatalog;
import io.narrows.proxy.api.ApiRouting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The pages in docs/reference say what the code says; -Dnarrows.docs.write=true writes them anew. */
final class ReferencePagesTest {
    private static final Path REFERENCE = Path.of("..", "docs", "reference");

    @Test
    void theConfigurationPageIsTheOneTheCodeGenerates() throws IOException {
        check("proxy-config.md", ConfigReference.markdown());
    }

    @Test
    void theMetricsPageIsTheOneTheCodeGenerates() throws IOException {
        check("proxy-metrics.md", ProxyCatalog.CATALOG.markdown());
    }

    @Test
    void thePageOfClientApisIsTheOneTheCodeGenerates() throws IOException {
        check("client-apis.md", ApiRouting.markdown());
    }

    private static void check(String page, String generated) throws IOException {
        Path file = REFERENCE.resolve(page);
        if (Boolean.getBoolean("narrows.docs.write")) {
            Files.createDirectories(REFERENCE);
            Files.writeString(file, generated);
        }
        assertThat(Files.readString(file))
                .as("%s is out of date: run this test with -Dnarrows.docs.write=true", page)
                .isEqualTo(generated);
    }
}
