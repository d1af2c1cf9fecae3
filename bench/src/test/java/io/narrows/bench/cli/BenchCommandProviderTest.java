package io.narrows.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.cli.NarrowsCli;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BenchCommandProviderTest {
    @ParameterizedTest
    @ValueSource(strings = {"compare", "passthrough", "fairness", "policy", "history", "restarts", "limits", "jmh"})
    void narrowsHasTheBenchmarks(String command) {
        StringWriter help = new StringWriter();

        int exit = NarrowsCli.commandLine().setOut(new PrintWriter(help)).execute("bench", command, "--help");

        assertThat(exit).isZero();
        assertThat(help.toString()).contains("Usage: narrows bench " + command);
    }
}
