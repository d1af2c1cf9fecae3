package io.narrows.cli.demo;

import io.narrows.cli.cluster.InProcessCluster.Batches;
import io.narrows.cli.cost.CostPerTb;
import io.narrows.cli.cost.CrossZone;
import io.narrows.cli.cost.StockKafka;
import io.narrows.cli.load.LoadResult;
import io.narrows.router.lane.SentForm;
import io.narrows.router.produce.LatencyCounts;
import io.narrows.s3server.S3Counters;
import java.util.Map;

/**
 * Everything a demo run found.
 *
 * @param producedBytes of batches, as producers sent them
 * @param crossZone counted by clients, proxies and brokers while the run lasted
 * @param stock computed for the same batches
 * @param ackByPath microseconds from a batch's arrival at its proxy to the answer
 */
public record DemoFigures(
        DemoOptions options,
        LoadResult load,
        long producedBytes,
        CrossZone crossZone,
        StockKafka stock,
        S3Counters.Snapshot s3,
        Batches batches,
        Map<SentForm, LatencyCounts> ackByPath,
        Cost cost) {
    public DemoFigures {
        ackByPath = Map.copyOf(ackByPath);
    }

    /** Dollars per terabyte produced, by the price book of that name and day. */
    public record Cost(String priceBook, CostPerTb narrows, CostPerTb stockRackAware, CostPerTb stockFromLeaders) {}

    public double crossZoneShare() {
        return producedBytes == 0 ? 0 : (double) crossZone.total() / producedBytes;
    }

    public long bytesPerPut() {
        return s3.put() == 0 ? 0 : s3.bytesPut() / s3.put();
    }
}
