package io.narrows.bench.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code narrows bench}. */
@Command(
        name = "bench",
        description =
                "Measures whole systems in zones that are network namespaces, restarts brokers under load, and simulates the path policy.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            CompareCommand.class,
            BenchLoadCommand.class,
            BenchS3Command.class,
            PassthroughCommand.class,
            FairnessCommand.class,
            SmallClientCommand.class,
            PolicyCommand.class,
            BenchHistoryCommand.class,
            RestartsCommand.class,
            ClusterCommand.class,
            LimitsCommand.class,
            JmhCommand.class
        })
final class BenchCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
