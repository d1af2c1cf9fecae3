package io.narrows.bench.demo;

import io.narrows.bench.load.LoadPlan;
import io.narrows.s3server.LatencyModel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What the demo was asked for. */
public record DemoOptions(
        LoadPlan plan,
        DemoPath path,
        LatencyModel s3Latency,
        String priceBook,
        @Nullable Path jsonFile,
        @Nullable Path directory) {

    /** Which way batches take from zone to zone. */
    public enum DemoPath {
        /** The proxies decide per flush window. */
        AUTO,
        /** Always through the object store. */
        STAGED,
        /** Never through the object store. */
        DIRECT
    }
}
