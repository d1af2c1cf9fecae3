package io.narrows.bench.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code narrows bench jmh}: kernel benchmarks, for developers. */
@Command(
        name = "jmh",
        hidden = true,
        description = "Runs the kernel benchmarks (codecs, link builder, lane) with allocation figures.",
        mixinStandardHelpOptions = true,
        footer = {"", "Examples:", "  narrows bench jmh", "  narrows bench jmh Link --seconds 3"})
final class JmhCommand implements Callable<Integer> {
    @Parameters(paramLabel = "PATTERN", arity = "0..*", description = "Parts of benchmark names (default: all).")
    private List<String> patterns = List.of();

    @Option(
            names = "--seconds",
            defaultValue = "1",
            description = "Seconds of each iteration (default ${DEFAULT-VALUE}).")
    private int seconds;

    @Override
    public Integer call() throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .forks(1)
                .warmupIterations(2)
                .warmupTime(TimeValue.seconds(seconds))
                .measurementIterations(3)
                .measurementTime(TimeValue.seconds(seconds))
                .addProfiler(GCProfiler.class);
        if (patterns.isEmpty()) {
            options.include("io.narrows.bench.jmh");
        }
        patterns.forEach(options::include);
        var unused = new Runner(options.build()).run();
        return 0;
    }
}
