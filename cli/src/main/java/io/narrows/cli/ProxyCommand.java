package io.narrows.cli;

import io.narrows.proxy.ProxyMain;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code narrows proxy}. */
@Command(
        name = "proxy",
        description = "Runs a zone proxy. Clients of the zone connect to it as to a Kafka broker.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  narrows proxy --config proxy.properties",
            "  narrows proxy --config proxy.properties --set zone=b --set listeners=PLAINTEXT://localhost:19092",
            "",
            "A minimal proxy.properties:",
            "  zone=a",
            "  listeners=PLAINTEXT://localhost:9092",
            "  bootstrap.servers=broker-1:9092,broker-2:9092,broker-3:9092",
            "  s3.bucket=my-bucket",
            "  s3.region=us-east-1"
        })
final class ProxyCommand implements Callable<Integer> {
    @Option(names = "--config", required = true, paramLabel = "FILE", description = "Properties file.")
    private Path config = Path.of("proxy.properties");

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A setting that overrides the file; repeatable.")
    private Map<String, String> settings = Map.of();

    @Override
    public Integer call() throws Exception {
        return ProxyMain.run(PropertiesFile.with(config, settings));
    }
}
