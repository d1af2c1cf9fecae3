package io.narrows.bench.demo;

import io.narrows.bench.cluster.InProcessCluster.Batches;
import io.narrows.bench.cost.CostPerTb;
import io.narrows.bench.cost.CrossZone;
import io.narrows.bench.cost.StockKafka;
import io.narrows.bench.load.LoadResult;
import io.narrows.s3server.S3Counters;

/**
 * Everything a demo run found.
 *
 * @param producedBytes of batches, as producers sent them
 * @param crossZone counted by clients, proxies and brokers while the run lasted
 * @param stock computed for the same batches
 */
public record DemoFigures(
        DemoOptions options,
        LoadResult load,
        long producedBytes,
        CrossZone crossZone,
        StockKafka stock,
        S3Counters.Snapshot s3,
        Batches batches,
        Cost cost) {

    /** Dollars per terabyte produced, by the price book of that name and day. */
    public record Cost(String priceBook, CostPerTb narrows, CostPerTb stockRackAware, CostPerTb stockFromLeaders) {}

    public double crossZoneShare() {
        return producedBytes == 0 ? 0 : (double) crossZone.total() / producedBytes;
    }

    public long bytesPerPut() {
        return s3.put() == 0 ? 0 : s3.bytesPut() / s3.put();
    }
}
