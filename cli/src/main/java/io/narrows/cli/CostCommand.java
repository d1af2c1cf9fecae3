package io.narrows.cli;

import io.narrows.cli.cost.CostReport;
import io.narrows.cli.cost.CostReport.Projection;
import io.narrows.cli.cost.Measurement;
import io.narrows.cli.cost.StoreRoute;
import io.narrows.cli.cost.source.AdminReader;
import io.narrows.cli.cost.source.LiveSource;
import io.narrows.cli.cost.source.ObserveSettings;
import io.narrows.cli.cost.source.ObserveSettings.Flush;
import io.narrows.cli.cost.source.ObservedCluster;
import io.narrows.cli.cost.source.ResultFile;
import io.narrows.cli.report.CsvReport;
import io.narrows.cli.report.HtmlReport;
import io.narrows.cli.report.JsonReport;
import io.narrows.cli.report.TerminalReport;
import io.narrows.relay.SecretText;
import io.narrows.relay.price.PriceBook;
import io.narrows.relay.price.PriceBooks;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code narrows cost}. */
@Command(
        name = "cost",
        description =
                "Reports bytes between zones and their cost, of a running Narrows cluster or of a result file. It can also"
                        + " observe a stock Kafka cluster and compute what Narrows would save there.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  narrows cost --proxies a:8080,b:8080,c:8080 --brokers k1:9464,k2:9464,k3:9464 --interval 5m --html cost.html",
            "  narrows cost --result compare.json --html cost.html",
            "  narrows cost --observe kafka-1:9092 --interval 10m --month --host-zone 10.0.1.=use1-az1",
            "  narrows cost --result demo.json --prices aws-us-east-1:express --csv cost.csv",
            "",
            "Exit code: 0 for a report, 1 if a source did not respond, 2 for wrong usage."
        })
final class CostCommand implements Callable<Integer> {
    private static final int KAFKA_PORT = 9092;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @ArgGroup(exclusive = true, multiplicity = "1")
    @SuppressWarnings("NullAway.Init")
    private Source source;

    /** Exactly one of them. */
    private static final class Source {
        @ArgGroup(exclusive = false)
        private @Nullable Live live;

        @Option(
                names = "--result",
                required = true,
                paramLabel = "FILE",
                description = "JSON of narrows bench compare or of narrows demo.")
        private @Nullable Path result;

        @ArgGroup(exclusive = false)
        private @Nullable Observed observed;
    }

    private static final class Live {
        @Option(
                names = "--proxies",
                split = ",",
                paramLabel = "HOST:PORT",
                description =
                        "Admin endpoints of the proxies (admin.listener), separated by commas; https://HOST:PORT with TLS.")
        private List<String> proxies = List.of();

        @Option(
                names = "--brokers",
                split = ",",
                paramLabel = "HOST:PORT",
                description = "Admin endpoints of the brokers (narrows.admin.listener), in the same format.")
        private List<String> brokers = List.of();

        @Option(
                names = "--admin-token-file",
                paramLabel = "FILE",
                description = "File with the token of the admin endpoints (admin.token, narrows.admin.token).")
        private @Nullable Path tokenFile;

        @Option(
                names = "--admin-ca-file",
                paramLabel = "FILE",
                description = "PEM file with trusted certificates, or their authority, for admin endpoints with TLS"
                        + " (default: the trust store of Java).")
        private @Nullable Path certificates;
    }

    private static final class Observed {
        @Option(
                names = "--observe",
                required = true,
                paramLabel = "BOOTSTRAP",
                description =
                        "Bootstrap servers of any Kafka cluster: host[:port], separated by commas. The cluster is not changed.")
        private String bootstrap = "";

        @Option(
                names = "--command-config",
                paramLabel = "FILE",
                description = "Properties file of the admin client, for example for SASL and TLS.")
        private @Nullable Path config;

        @Option(
                names = "--host-zone",
                paramLabel = "PREFIX=ZONE",
                description =
                        "Zone of clients whose address starts with PREFIX, for groups without client.rack; repeatable.")
        private Map<String, String> hostZones = Map.of();

        @Option(
                names = "--batch-bytes",
                paramLabel = "SIZE",
                defaultValue = "64KiB",
                description = "Average size of a batch on the wire (default ${DEFAULT-VALUE}).")
        private ByteSize batchBytes = ByteSize.parse("64KiB");

        @Option(
                names = "--flush-linger",
                paramLabel = "TIME",
                defaultValue = "250ms",
                description = "wal.linger.ms that proxies would have (default ${DEFAULT-VALUE}).")
        private Duration linger = Duration.ofMillis(250);

        @Option(
                names = "--flush-bytes",
                paramLabel = "SIZE",
                defaultValue = "4MiB",
                description = "wal.flush.bytes that proxies would have (default ${DEFAULT-VALUE}).")
        private ByteSize flushBytes = ByteSize.parse("4MiB");
    }

    @Option(
            names = "--interval",
            paramLabel = "TIME",
            defaultValue = "0s",
            description =
                    "Time between two samples. With 0s, a running Narrows cluster is measured since its start, and an"
                            + " observed cluster over 10s.")
    private Duration interval = Duration.ZERO;

    @Mixin
    private final PricesOption prices = new PricesOption();

    @Option(
            names = "--store-route",
            paramLabel = "ROUTE",
            defaultValue = "ENDPOINT",
            description = "Route to the object store: endpoint (free) or nat (default endpoint).")
    private StoreRoute route = StoreRoute.ENDPOINT;

    @Option(
            names = "--replication-factor",
            paramLabel = "N",
            defaultValue = "3",
            description =
                    "Replication factor of the topics, for the figures of stock Kafka (default ${DEFAULT-VALUE}).")
    private int replicationFactor;

    @Option(names = "--month", description = "Extrapolate the measured rate to a month of 730 hours.")
    private boolean month;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write JSON.")
    private @Nullable Path json;

    @Option(names = "--csv", paramLabel = "FILE", description = "Also write CSV, one figure per line.")
    private @Nullable Path csv;

    @Option(names = "--html", paramLabel = "FILE", description = "Also write one HTML file that opens offline.")
    private @Nullable Path html;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        CostReport report;
        try {
            PriceBook book = PriceBooks.load(prices.name());
            Measurement measurement = measure(book);
            report = new CostReport(measurement, book, route, month ? Projection.MONTH : Projection.NONE);
            if (month && measurement.origin().seconds() <= 0) {
                throw new IllegalArgumentException(
                        "--month needs --interval, because it extrapolates a rate: add for example --interval 5m");
            }
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
        TerminalReport.print(out, report);
        write(json, JsonReport.write(report));
        write(csv, CsvReport.write(report));
        write(html, HtmlReport.write(report));
        return 0;
    }

    private Measurement measure(PriceBook book) throws IOException, InterruptedException {
        if (source.result != null) {
            return ResultFile.read(source.result);
        }
        if (source.observed != null) {
            return observe(source.observed, book);
        }
        Live live = source.live == null ? new Live() : source.live;
        String token = live.tokenFile == null ? "" : SecretText.of("--admin-token-file", "file:" + live.tokenFile);
        return new LiveSource(live.proxies, live.brokers, replicationFactor, new AdminReader(token, live.certificates))
                .measure(interval);
    }

    private Measurement observe(Observed observed, PriceBook book) throws IOException, InterruptedException {
        Properties client = new Properties();
        if (observed.config != null) {
            try (Reader reader = Files.newBufferedReader(observed.config)) {
                client.load(reader);
            }
        }
        client.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, withPorts(observed.bootstrap));
        client.putIfAbsent(AdminClientConfig.CLIENT_ID_CONFIG, "narrows-cost");
        ObserveSettings settings = new ObserveSettings(
                interval.isZero() ? Duration.ofSeconds(10) : interval,
                observed.hostZones,
                new Flush(observed.flushBytes.bytes(), observed.linger),
                Math.toIntExact(observed.batchBytes.bytes()));
        try (ObservedCluster cluster = new ObservedCluster(client, settings)) {
            return cluster.measure(book);
        }
    }

    private static List<String> withPorts(String bootstrap) {
        return List.of(bootstrap.split(",")).stream()
                .map(String::trim)
                .map(address -> address.matches(".*:[0-9]+") ? address : address + ":" + KAFKA_PORT)
                .toList();
    }

    private static void write(@Nullable Path file, String text) throws IOException {
        if (file != null) {
            Files.writeString(file, text);
        }
    }
}
