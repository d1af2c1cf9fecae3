package io.narrows.bench.cli;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.bench.cluster.StockCluster;
import io.narrows.cli.Shutdown;
import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.demo.ScratchDirectory;
import io.narrows.s3server.EmbeddedS3Config;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code narrows bench cluster}: for test suites of other clients, which need servers that stay up. */
@Command(
        name = "cluster",
        hidden = true,
        description =
                "Runs three zones with brokers and proxies, or three stock brokers, until SIGTERM, each server in a"
                        + " process of its own. Prints one line when clients can connect: 'ready' and the address of a"
                        + " proxy or of the stock brokers.")
final class ClusterCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--stock", description = "Run stock Apache Kafka brokers.")
    private boolean stock;

    @Option(names = "--broker-config", paramLabel = "KEY=VALUE", description = "A broker setting; repeatable.")
    private Map<String, String> brokerSettings = Map.of();

    @Option(names = "--proxy-config", paramLabel = "KEY=VALUE", description = "A proxy setting; repeatable.")
    private Map<String, String> proxySettings = Map.of();

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Directory for disks and logs of the cluster; it is kept.")
    private @Nullable Path directory;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Shutdown shutdown = Shutdown.install();
        try (ScratchDirectory scratch = ScratchDirectory.of(directory)) {
            if (stock) {
                try (StockCluster cluster = StockCluster.start(scratch.path(), brokerSettings)) {
                    stay(cluster.bootstrap(), shutdown);
                }
            } else {
                ClusterOptions options = new ClusterOptions(
                        EmbeddedS3Config.inDirectory(scratch.path().resolve("s3")), brokerSettings, proxySettings);
                ProcessCluster.Jvms jvms =
                        ProcessCluster.Jvms.small(scratch.path().resolve("logs"));
                try (ProcessCluster cluster = ProcessCluster.start(scratch.path(), options, jvms)) {
                    stay(cluster.layout().proxyAddress(0), shutdown);
                }
            }
        }
        shutdown.done();
        return 0;
    }

    private void stay(String bootstrap, Shutdown shutdown) throws InterruptedException {
        spec.commandLine().getOut().println("ready " + bootstrap);
        spec.commandLine().getOut().flush();
        shutdown.asked().await();
    }
}
