package io.narrows.cli;

import io.narrows.cli.cluster.ProxyPath;
import io.narrows.cli.demo.Demo;
import io.narrows.cli.demo.DemoFigures;
import io.narrows.cli.demo.DemoOptions;
import io.narrows.cli.demo.HistoryDemo;
import io.narrows.cli.load.LoadPlan;
import io.narrows.s3server.LatencyModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code narrows demo}. */
@Command(
        name = "demo",
        description = "Runs a three-zone cluster in this process, produces to it and checks every record that consumers"
                + " read. Reports bytes between zones and their cost.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  narrows demo",
            "  narrows demo --path staged --s3-latency put=60ms,get=20ms --json result.json",
            "  narrows demo --rate 100r/s --record-size 1KiB       a low rate, which stays inline",
            "  narrows demo --rate max --partitions 200 --compression lz4 --payload text",
            "  narrows demo --transactions --read every_zone",
            "  narrows demo --clients-via-proxy --read every_zone   clients connect only to proxies",
            "  narrows demo --clients-via-proxy --proxies 3         a gateway of three proxies in each zone",
            "  narrows demo --history 5m                            segment objects, read during the load",
            "",
            "Exit code: 0 if every check passed, 1 if a check failed."
        })
final class DemoCommand implements Callable<Integer> {
    private static final int RUN_ID = 0x4e617272;
    private static final int MAX_PROXIES = 8;

    /** Bytes per second from which a window of an eighth of a second holds a mebibyte in each zone. */
    private static final double LARGE_OBJECTS_FROM = 25e6;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private LoadOptions load = new LoadOptions();

    @Option(
            names = "--path",
            paramLabel = "PATH",
            defaultValue = "AUTO",
            description = "Path of batches between zones: auto (by price), staged (object store), direct"
                    + " (default auto).")
    private ProxyPath path = ProxyPath.AUTO;

    @Option(
            names = "--s3-latency",
            paramLabel = "MODEL",
            defaultValue = "",
            description =
                    "Latency of the object store: standard, express, bad-day, or for example put=60ms,get=20ms~5ms"
                            + " (with jitter); none by default.")
    private LatencyModel s3Latency = LatencyModel.NONE;

    @Mixin
    private final PricesOption prices = new PricesOption();

    @Option(
            names = "--warm-up",
            paramLabel = "TIME",
            defaultValue = "10s",
            description =
                    "Load before the measured one, on another topic; 0s for none (default" + " ${DEFAULT-VALUE}).")
    private Duration warmUp = Duration.ofSeconds(10);

    @Option(
            names = "--clients-via-proxy",
            description = "Consumers, too, connect only to the proxy of their zone, without client.rack.")
    private boolean clientsViaProxy;

    @Option(
            names = "--proxies",
            paramLabel = "N",
            defaultValue = "1",
            description = "Proxies per zone. Several form the zone's gateway and share its partitions (default"
                    + " ${DEFAULT-VALUE}).")
    private int proxies = 1;

    @Option(
            names = "--proxy-config",
            paramLabel = "KEY=VALUE",
            description =
                    "A proxy setting, for example wal.linger.ms=250; repeatable. The demo itself sets"
                            + " wal.linger.ms=40, and 125 from 25 MB/s on, where that makes objects of a mebibyte, and 250 with --history.")
    private Map<String, String> proxySettings = Map.of();

    @Option(
            names = "--broker-config",
            paramLabel = "KEY=VALUE",
            description = "A broker setting, for example narrows.cache.bytes=67108864; repeatable.")
    private Map<String, String> brokerSettings = Map.of();

    @Option(
            names = "--history",
            paramLabel = "TIME",
            description =
                    "Produce for this time with small segments, which are copied to segment objects. A second group"
                            + " reads everything from the beginning, starting halfway.")
    private @Nullable Duration history;

    @Option(names = "--metrics", description = "Also print the metrics of proxies and brokers.")
    private boolean metrics;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the result as JSON.")
    private @Nullable Path json;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Directory for logs and objects, kept for narrows inspect (default: a temporary directory).")
    private @Nullable Path directory;

    @Override
    public Integer call() throws Exception {
        if (proxies < 1 || proxies > MAX_PROXIES) {
            throw new ParameterException(
                    spec.commandLine(), "--proxies: " + proxies + " is not between 1 and " + MAX_PROXIES);
        }
        LoadPlan plan = load.plan("demo", 3, RUN_ID);
        if (history != null) {
            plan = plan.on("history", history);
        }
        Map<String, String> proxy = new HashMap<>();
        boolean large = plan.rate().bytesPerSecond(plan.shape().recordBytes()) >= LARGE_OBJECTS_FROM;
        proxy.put("wal.linger.ms", history != null ? "250" : large ? "125" : "40");
        proxy.putAll(proxySettings);
        DemoOptions options = new DemoOptions(
                plan,
                warmUp,
                path,
                s3Latency,
                prices.name(),
                clientsViaProxy ? DemoOptions.Consumers.VIA_PROXY : DemoOptions.Consumers.AT_BROKERS,
                new DemoOptions.Settings(brokerSettings, proxy, proxies),
                new DemoOptions.Output(
                        json, directory, metrics ? DemoOptions.Metrics.PRINTED : DemoOptions.Metrics.HIDDEN));
        if (history != null) {
            return new HistoryDemo(options, spec.commandLine().getOut()).run().isClean() ? 0 : 1;
        }
        DemoFigures figures = new Demo(options, spec.commandLine().getOut()).run();
        return figures.load().isClean() ? 0 : 1;
    }
}
