package io.narrows.bench.cli;

import io.narrows.bench.compare.ZoneLoad;
import io.narrows.cli.Converters;
import io.narrows.cli.LoadOptions;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.ZoneEndpoints;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code narrows bench load}: the clients of one zone, started by {@code narrows bench compare} in that zone. */
@Command(
        name = "load",
        hidden = true,
        description = "One zone's clients of a comparison; controlled through standard input.")
final class BenchLoadCommand implements Callable<Integer> {
    /** The same bytes in every process of a run, and told from those of other runs by their topic alone. */
    private static final int RUN_ID = 0x6e617272;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--own", required = true, paramLabel = "ZONE", description = "The zone of this process.")
    private String own = "";

    @Option(
            names = "--produce",
            required = true,
            paramLabel = "ZONE=BOOTSTRAP",
            description = "Every zone, in the same order for all of them, and where its producers connect.")
    private Map<String, String> produce = new LinkedHashMap<>();

    @Option(
            names = "--consume",
            required = true,
            paramLabel = "ZONE=BOOTSTRAP",
            description = "Where a zone's consumers connect.")
    private Map<String, String> consume = new LinkedHashMap<>();

    @Override
    public Integer call() throws Exception {
        List<ZoneEndpoints> zones = new ArrayList<>();
        produce.forEach(
                (zone, bootstrap) -> zones.add(new ZoneEndpoints(zone, bootstrap, consume.getOrDefault(zone, ""))));
        int index = List.copyOf(produce.keySet()).indexOf(own);
        if (index < 0 || !consume.keySet().equals(produce.keySet())) {
            throw new IllegalArgumentException("--own, --produce and --consume must name the same zones");
        }
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        new ZoneLoad(arguments -> plan(arguments, zones.size()), zones, index)
                .serve(in, spec.commandLine().getOut());
        return 0;
    }

    private static LoadPlan plan(List<String> arguments, int zones) {
        Parsed parsed = new Parsed();
        Converters.register(new CommandLine(parsed))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .parseArgs(arguments.toArray(String[]::new));
        return parsed.load.plan("none", zones, RUN_ID);
    }

    /** What a line with options is read into. */
    @Command
    private static final class Parsed {
        @Mixin
        private LoadOptions load = new LoadOptions();
    }
}
