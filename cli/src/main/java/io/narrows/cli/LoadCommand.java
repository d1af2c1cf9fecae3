package io.narrows.cli;

import io.narrows.cli.cluster.TestTopics;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadProgress;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
import io.narrows.cli.load.ZoneEndpoints;
import io.narrows.cli.verify.Verdict;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code narrows load}: the demo's load and checks against a cluster that runs already. */
@Command(
        name = "load",
        description = "Produces to a running cluster through proxies or brokers, consumes everything and checks"
                + " every record. Creates its own topic.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  narrows load --zone a=proxy-a:9092 --zone b=proxy-b:9092 --consume broker-1:9092,broker-2:9092",
            "  narrows load --zone a=localhost:19092 --consume localhost:9092 --rate 5MB/s --duration 1m"
        })
final class LoadCommand implements Callable<Integer> {
    private static final Duration READERS_END = Duration.ofMinutes(2);
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--zone",
            required = true,
            paramLabel = "ZONE=BOOTSTRAP",
            description = "A zone and the address that its producers connect to, usually its proxy; once per zone.")
    private Map<String, String> zones = Map.of();

    @Option(
            names = "--consume",
            required = true,
            paramLabel = "BOOTSTRAP",
            description = "Brokers that consumers connect to.")
    private String consume = "";

    @Option(names = "--topic", description = "Name of the topic to create (default: a new name).")
    private @Nullable String topic;

    @Mixin
    private LoadOptions load = new LoadOptions();

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Uuid id = Uuid.randomUuid();
        String name = topic == null ? "load-" + id : topic;
        List<ZoneEndpoints> endpoints = new ArrayList<>();
        zones.forEach((zone, bootstrap) -> endpoints.add(new ZoneEndpoints(zone, bootstrap, consume)));
        LoadPlan plan = load.plan(name, endpoints.size(), (int) id.getMostSignificantBits());
        try (TestTopics topics = new TestTopics(consume)) {
            topics.create(plan.topic(), plan.partitions(), Map.of("max.message.bytes", "8388608"));
        }
        LoadRun run = LoadRun.start(plan, endpoints);
        while (!run.awaitProducers(SECOND)) {
            progress(out, run.progress());
        }
        LoadResult result = run.finish(READERS_END);
        report(out, result);
        return result.isClean() ? 0 : 1;
    }

    private static void progress(PrintWriter out, LoadProgress now) {
        out.println(String.format(
                Locale.ROOT,
                "%4d s  %,12d records  %,9.1f MB  read %,12d  p50 %.1f ms  p99 %.1f ms",
                now.elapsed().toSeconds(),
                now.records(),
                now.bytes() / 1e6,
                now.consumed(),
                now.p50Ms(),
                now.p99Ms()));
        out.flush();
    }

    private static void report(PrintWriter out, LoadResult result) {
        Verdict verdict = result.verdict();
        out.println(String.format(
                Locale.ROOT,
                "%s: acknowledged %,d, read %,d, lost %d, duplicated %d, misordered %d, corrupt %d, aborted seen %d;"
                        + " p50 %.1f ms, p99 %.1f ms",
                result.isClean() ? "ok" : "FAILED",
                result.totals().acknowledged(),
                verdict.consumed(),
                verdict.lost(),
                verdict.duplicated(),
                verdict.misordered(),
                verdict.corrupt(),
                verdict.abortedSeen(),
                result.p50Ms(),
                result.p99Ms()));
        result.errors().forEach((kind, count) -> out.println(count + "  " + kind));
        out.flush();
    }
}
