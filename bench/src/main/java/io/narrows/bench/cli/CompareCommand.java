package io.narrows.bench.cli;

import io.narrows.bench.compare.CompareReport;
import io.narrows.bench.compare.Comparison;
import io.narrows.bench.compare.Comparison.Extra;
import io.narrows.bench.compare.Comparison.Jvms;
import io.narrows.bench.compare.LoadCase;
import io.narrows.bench.compare.LoadCases;
import io.narrows.bench.compare.Provenance;
import io.narrows.bench.compare.SystemUnderTest;
import io.narrows.bench.zones.ZonesSupport;
import io.narrows.cli.cluster.ProxyPath;
import io.narrows.cli.load.Rate;
import io.narrows.relay.SuppressForbidden;
import io.narrows.s3server.LatencyModel;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code narrows bench compare}. */
@Command(
        name = "compare",
        description = "Runs the same load of standard clients against stock Apache Kafka and Narrows in turn, each in"
                + " three zones that are network namespaces of this machine. Compares the counters of the kernel, the"
                + " S3 server and the clients. Needs Linux and root.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  sudo ./narrows bench compare --short --html result.html --json result.json",
            "  sudo ./narrows bench compare --rounds 5 --rate 10MB/s",
            "  sudo ./narrows bench compare --load fanout --fan-out 1,3,5 --systems stock-rack,narrows",
            "",
            "Exit code: 0 when every record of every system was exact, 1 when not, 4 when this machine or user cannot"
                    + " have network namespaces."
        })
final class CompareCommand implements Callable<Integer> {
    private static final int NO_ZONES = 4;
    private static final String UNLIMITED = "max";

    /** Servers of all systems alike; Kafka's own scripts take the same collector. */
    private static final List<String> SERVER_JVM = List.of("-Xms512m", "-Xmx768m", "-XX:+UseG1GC");

    private static final List<String> CLIENT_JVM = List.of("-Xmx1g", "-XX:+UseSerialGC");

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--short",
            description = "All systems with batches of 64 KiB, Narrows also with 16 KiB, a round of 10 s each, first"
                    + " compiler only: less than five minutes.")
    private boolean brief;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "0",
            description = "Rounds (default 3; 1 with --short).")
    private int rounds;

    @Option(
            names = "--load",
            paramLabel = "KIND",
            defaultValue = "large",
            description = "large: a producer per zone; small-producers: 1,002 of them; partitions: 1,000 of them;"
                    + " fanout: each record read as often as --fan-out says; day: a day compressed into the run, with"
                    + " --rate at its peak (default ${DEFAULT-VALUE}).")
    private String load = "large";

    @Option(
            names = "--rate",
            paramLabel = "RATE",
            description =
                    "Rate of all producers together: max or, for example, 10MB/s (default max; 5MB/s for small-producers,"
                            + " 10MB/s for day). With a rate, latency counts from when a record was due.")
    private @Nullable String rate;

    @Option(
            names = "--batch-size",
            paramLabel = "SIZE",
            defaultValue = "64KiB",
            description = "Producers' batch.size (default ${DEFAULT-VALUE}).")
    private String batchSize = "64KiB";

    @Option(
            names = "--fan-out",
            paramLabel = "N,N",
            split = ",",
            defaultValue = "1,3,5",
            description = "Number of reads of each record, with --load fanout (default ${DEFAULT-VALUE}).")
    private List<Integer> fanOut = List.of(1, 3, 5);

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            defaultValue = "0s",
            description = "Duration of each measurement (default 30s; 10s with --short, 3m for day).")
    private Duration duration = Duration.ZERO;

    @Option(
            names = "--warm-up",
            paramLabel = "TIME",
            defaultValue = "0s",
            description = "Load before the first measurement of a system (default 20s; 6s with --short).")
    private Duration warmUp = Duration.ZERO;

    @Option(
            names = "--systems",
            paramLabel = "NAME,NAME",
            split = ",",
            defaultValue = "stock,stock-rack,narrows,narrows-direct",
            description = "Systems to run, in order (default ${DEFAULT-VALUE}).")
    private List<String> systems = List.of();

    @Option(
            names = "--path",
            paramLabel = "PATH",
            defaultValue = "STAGED",
            description = "How proxies of Narrows send batches from zone to zone: staged (object store, also when a"
                    + " loaded machine answers late), auto (by price and health), direct (default staged).")
    private ProxyPath path = ProxyPath.STAGED;

    @Option(
            names = "--broker-config",
            paramLabel = "KEY=VALUE",
            description = "A broker setting that overrides all others; narrows.* applies to Narrows only; repeatable.")
    private Map<String, String> brokerSettings = new HashMap<>();

    @Option(names = "--proxy-config", paramLabel = "KEY=VALUE", description = "A proxy setting; repeatable.")
    private Map<String, String> proxySettings = new HashMap<>();

    @Option(
            names = "--s3-latency",
            paramLabel = "MODEL",
            defaultValue = "",
            description = "Latency of the object store, for example put=60ms,get=20ms; none by default.")
    private String s3Latency = "";

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the result as JSON.")
    private @Nullable Path json;

    @Option(names = "--html", paramLabel = "FILE", description = "Also write the result as one HTML page.")
    private @Nullable Path html;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Directory for the servers' logs and data (default: a temporary directory).")
    private @Nullable Path directory;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        Comparison.Plan plan = plan();
        Optional<String> missing = ZonesSupport.missing();
        if (missing.isPresent()) {
            spec.commandLine().getErr().println("narrows: " + missing.get());
            return NO_ZONES;
        }
        CompareReport report =
                new CompareReport(Provenance.current(words(), now()), plan.loads(), new Comparison(plan, out).run());
        out.println(report.text());
        out.flush();
        if (json != null) {
            report.writeJson(json);
        }
        if (html != null) {
            report.writeHtml(html);
        }
        return report.isClean() ? 0 : 1;
    }

    private Comparison.Plan plan() {
        LatencyModel unused = LatencyModel.parse(s3Latency);
        Map<String, String> broker = new HashMap<>(path.brokerSettings());
        broker.putAll(brokerSettings);
        Map<String, String> proxy = new HashMap<>(path.proxySettings());
        proxy.putAll(proxySettings);
        List<String> servers = new ArrayList<>(SERVER_JVM);
        List<String> clients = new ArrayList<>(CLIENT_JVM);
        if (brief) {
            // A short run would spend its processors on the second compiler.
            servers.add("-XX:TieredStopAtLevel=1");
            clients.add("-XX:TieredStopAtLevel=1");
        }
        return new Comparison.Plan(
                systems.stream().map(SystemUnderTest::parse).toList(),
                loads(),
                rounds > 0 ? rounds : brief ? 1 : 3,
                orElse(warmUp, brief ? 6 : 20),
                new Jvms(servers, clients),
                new Extra(broker, proxy, s3Latency),
                directory);
    }

    private List<LoadCase> loads() {
        LoadCases.Kind kind = LoadCases.Kind.parse(load);
        if (brief) {
            return LoadCases.brief(rate == null ? UNLIMITED : checked(rate), orElse(duration, 10));
        }
        String kindsRate = switch (kind) {
            case SMALL_PRODUCERS -> "5MB/s";
            case DAY -> "10MB/s";
            default -> UNLIMITED;
        };
        return LoadCases.of(
                kind,
                new LoadCases.Choice(
                        rate == null ? kindsRate : checked(rate),
                        batchSize,
                        fanOut,
                        orElse(duration, kind == LoadCases.Kind.DAY ? 180 : 30)));
    }

    /** Refused here rather than by the clients, when servers run already. */
    private static String checked(String text) {
        Rate unused = Rate.parse(text);
        return text.replace(" ", "");
    }

    private static Duration orElse(Duration given, int seconds) {
        return given.isZero() ? Duration.ofSeconds(seconds) : given;
    }

    /** The command line as it was typed. */
    private List<String> words() {
        return spec.root().commandLine().getParseResult().originalArgs();
    }

    @SuppressForbidden("a report says when its run was")
    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.MINUTES).toString();
    }
}
