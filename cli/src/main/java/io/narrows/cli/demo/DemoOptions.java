package io.narrows.cli.demo;

import io.narrows.cli.cluster.ProxyPath;
import io.narrows.cli.load.LoadPlan;
import io.narrows.s3server.LatencyModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the demo was asked for; {@code warmUp} is how long the same load runs before anything is counted. */
public record DemoOptions(
        LoadPlan plan,
        Duration warmUp,
        ProxyPath path,
        LatencyModel s3Latency,
        String priceBook,
        Consumers consumers,
        Settings settings,
        Output output) {

    /** Where consumers connect. */
    public enum Consumers {
        /** To brokers, with their zone as client.rack. */
        AT_BROKERS,
        /** To their zone's proxy, which is all that they know. */
        VIA_PROXY
    }

    /** Settings of brokers and proxies that win over the demo's own, and how many proxies a zone has. */
    public record Settings(Map<String, String> broker, Map<String, String> proxy, int proxiesPerZone) {
        /** One proxy for each zone. */
        public Settings(Map<String, String> broker, Map<String, String> proxy) {
            this(broker, proxy, 1);
        }

        public Settings {
            broker = Map.copyOf(broker);
            proxy = Map.copyOf(proxy);
        }
    }

    /** Where results go besides the terminal, and whether servers' metrics are printed. */
    public record Output(@Nullable Path jsonFile, @Nullable Path directory, Metrics metrics) {}

    /** Whether the servers' own metrics are part of the report. */
    public enum Metrics {
        HIDDEN,
        PRINTED
    }
}
