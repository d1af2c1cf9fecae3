package io.narrows.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/**
 * {@code narrows bench} in a distribution, which has no benchmarks: says where they are. It accepts any arguments, so
 * that each benchmark's command line gets that message and not one about its options.
 */
@Command(
        name = BenchUnavailableCommand.NAME,
        hidden = true,
        description = BenchUnavailableCommand.MESSAGE,
        mixinStandardHelpOptions = true)
final class BenchUnavailableCommand implements Callable<Integer> {
    static final String NAME = "bench";
    static final String MESSAGE = "The benchmarks are part of the source checkout, not of this distribution."
            + " Run './narrows bench' in a checkout with a JDK and Maven.";

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Unmatched
    @SuppressWarnings("UnusedVariable")
    private final List<String> ignored = new ArrayList<>();

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        err.println("narrows: " + MESSAGE);
        err.flush();
        return ExitCode.USAGE;
    }
}
