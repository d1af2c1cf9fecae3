package io.narrows.cli;

import io.narrows.broker.BrokerMain;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code narrows broker}. */
@Command(
        name = "broker",
        description = "Runs a Kafka broker on the hybrid log, a KRaft controller, or both (process.roles)."
                + " The file contains Kafka's settings and narrows.*.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  narrows broker --config server.properties",
            "  narrows broker --config server.properties --cluster-id 4L6g3nShT-eMCtK--X86sw",
            "  narrows broker --config server.properties --set node.id=2 --set broker.rack=b"
        })
final class BrokerCommand implements Callable<Integer> {
    @Option(names = "--config", required = true, paramLabel = "FILE", description = "Properties file.")
    private Path config = Path.of("server.properties");

    @Option(
            names = "--cluster-id",
            paramLabel = "ID",
            description = "Format empty log directories with this cluster id.")
    private @Nullable String clusterId;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A setting that overrides the file; repeatable.")
    private Map<String, String> settings = Map.of();

    @Override
    public Integer call() throws Exception {
        BrokerMain.run(PropertiesFile.with(config, settings), clusterId);
        return 0;
    }
}
