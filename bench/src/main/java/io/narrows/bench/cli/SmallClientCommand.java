package io.narrows.bench.cli;

import io.narrows.bench.fairness.SmallClient;
import io.narrows.cli.load.Rate;
import io.narrows.cli.load.ZoneEndpoints;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code narrows bench small-client}: started by {@code narrows bench fairness}. */
@Command(
        name = "small-client",
        hidden = true,
        description = "The small client that bench fairness watches; controlled through standard input.")
final class SmallClientCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--zone", required = true, description = "The zone of this process.")
    private String zone = "";

    @Option(names = "--bootstrap", required = true, description = "Bootstrap server.")
    private String bootstrap = "";

    @Option(names = "--rate", required = true, description = "Rate to produce.")
    private Rate rate = Rate.UNLIMITED;

    @Override
    public Integer call() throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        new SmallClient(new ZoneEndpoints(zone, bootstrap, bootstrap), rate)
                .serve(in, spec.commandLine().getOut());
        return 0;
    }
}
