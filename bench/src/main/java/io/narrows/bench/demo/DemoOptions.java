package io.narrows.bench.demo;

import io.narrows.bench.cluster.ProxyPath;
import io.narrows.bench.load.LoadPlan;
import io.narrows.s3server.LatencyModel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What the demo was asked for. */
public record DemoOptions(
        LoadPlan plan,
        ProxyPath path,
        LatencyModel s3Latency,
        String priceBook,
        @Nullable Path jsonFile,
        @Nullable Path directory) {}
