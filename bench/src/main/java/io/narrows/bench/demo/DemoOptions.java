package io.narrows.bench.demo;

import io.narrows.bench.cluster.ProxyPath;
import io.narrows.bench.load.LoadPlan;
import io.narrows.s3server.LatencyModel;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What the demo was asked for; {@code warmUp} is how long the same load runs before anything is counted. */
public record DemoOptions(
        LoadPlan plan,
        Duration warmUp,
        ProxyPath path,
        LatencyModel s3Latency,
        String priceBook,
        @Nullable Path jsonFile,
        @Nullable Path directory) {}
