package io.narrows.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class NarrowsCliTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void everyCommandHasHelp() {
        for (String command : NarrowsCli.commandLine().getSubcommands().keySet()) {
            StringWriter help = new StringWriter();
            int exit = NarrowsCli.commandLine().setOut(new PrintWriter(help)).execute(command, "--help");
            assertThat(exit).as(command).isZero();
            assertThat(help.toString()).as(command).contains("Usage: narrows " + command);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bench", "bench compare --short", "bench policy --rate 5MB/s --svg out.svg"})
    void withoutTheBenchmarksTheirCommandsTellWhereTheyAre(String arguments) {
        int exit = cli().execute(arguments.split(" "));

        assertThat(exit).isEqualTo(2);
        assertThat(err.toString()).contains("narrows: ", "source checkout", "./narrows bench");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "demo --rate fast | is not a rate",
                "demo --duration soon | is not a time",
                "demo --record-size -1 | is not a size",
                "demo --s3-latency get=1 | latency",
                "demo --path around | around",
                "nothing | nothing"
            })
    void aWrongOptionGivesOneClearLineAndExitCodeTwo(String arguments, String message) {
        int exit = cli().execute(arguments.split(" "));
        assertThat(exit).isEqualTo(2);
        assertThat(err.toString().lines().toList())
                .hasSize(2)
                .first()
                .asString()
                .startsWith("narrows: ")
                .contains(message);
    }

    private CommandLine cli() {
        return NarrowsCli.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    }
}
