package io.narrows.cli.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.narrows.cli.cost.CostPerTb;
import io.narrows.cli.cost.CrossZone;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.verify.Verdict;
import io.narrows.router.lane.SentForm;
import io.narrows.router.produce.LatencyCounts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Writes what a demo run found as one JSON object. Stateless. */
final class DemoJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private DemoJson() {}

    static void write(Path file, DemoFigures figures) throws IOException {
        MAPPER.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), tree(figures));
    }

    static ObjectNode tree(DemoFigures figures) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("ok", figures.load().isClean());
        run(root.putObject("run"), figures);
        records(root.putObject("records"), figures.load());
        bytes(root.putObject("bytes"), figures);
        root.putObject("s3")
                .put("put", figures.s3().put())
                .put("get", figures.s3().get())
                .put("head", figures.s3().head())
                .put("list", figures.s3().list())
                .put("delete", figures.s3().delete())
                .put("errors", figures.s3().errors())
                .put("bytesPut", figures.s3().bytesPut())
                .put("bytesGet", figures.s3().bytesGot())
                .put("bytesPerPut", figures.bytesPerPut());
        root.putObject("batches")
                .put("link", figures.batches().link())
                .put("inline", figures.batches().inline());
        ObjectNode latency = root.putObject("latency");
        latency(latency.putObject("produceMs"), figures.load().latencyMicros());
        byPath(latency.putObject("byPath"), figures.ackByPath());
        DemoFigures.Cost cost = figures.cost();
        ObjectNode dollars = root.putObject("dollarsPerTB")
                .put("narrows", cost.narrows().total())
                .put("stockKafka", cost.stockRackAware().total())
                .put("stockKafkaFromLeaders", cost.stockFromLeaders().total())
                .put("priceBook", cost.priceBook());
        parts(dollars.putObject("narrowsParts"), cost.narrows());
        ObjectNode errors = root.putObject("errors");
        figures.load().errors().forEach(errors::put);
        return root;
    }

    private static void run(ObjectNode run, DemoFigures figures) {
        LoadPlan plan = figures.options().plan();
        run.put("path", figures.options().path().name().toLowerCase(Locale.ROOT));
        run.put("seconds", figures.load().elapsed().toMillis() / 1e3);
        run.put("rate", plan.rate().toString());
        run.put("recordSize", plan.shape().recordBytes());
        run.put("partitions", plan.partitions());
        run.put("producersPerZone", plan.producers().perZone());
        run.put("batchSize", plan.producers().batchBytes());
        run.put("lingerMs", plan.producers().lingerMs());
        run.put("compression", plan.producers().compression());
        run.put("guarantee", plan.producers().guarantee().name().toLowerCase(Locale.ROOT));
        run.put("s3Latency", figures.options().s3Latency().toString());
    }

    private static void records(ObjectNode records, LoadResult load) {
        Verdict verdict = load.verdict();
        records.put("produced", load.totals().acknowledged());
        records.put("sent", load.totals().sent());
        records.put("uncertain", load.totals().uncertain());
        records.put("consumed", verdict.consumed());
        records.put("lost", verdict.lost());
        records.put("duplicated", verdict.duplicated());
        records.put("misordered", verdict.misordered());
        records.put("corrupt", verdict.corrupt());
        records.put("abortedSeen", verdict.abortedSeen());
        records.put("foreign", verdict.foreign());
    }

    private static void bytes(ObjectNode bytes, DemoFigures figures) {
        bytes.put("produced", figures.producedBytes());
        bytes.put("values", figures.load().totals().bytes());
        CrossZone zones = figures.crossZone();
        bytes.putObject("crossZone")
                .put("total", zones.total())
                .put("produce", zones.produce())
                .put("replication", zones.replication())
                .put("consume", zones.consume())
                .put("relay", zones.relay())
                .put("metadata", zones.metadata())
                .put("share", figures.crossZoneShare())
                .put("stockKafka", figures.stock().totalRackAware())
                .put("stockKafkaFromLeaders", figures.stock().totalFromLeaders());
    }

    private static void latency(ObjectNode latency, Histogram micros) {
        latency.put("p50", micros.getValueAtPercentile(50) / 1e3);
        latency.put("p90", micros.getValueAtPercentile(90) / 1e3);
        latency.put("p99", micros.getValueAtPercentile(99) / 1e3);
        latency.put("p999", micros.getValueAtPercentile(99.9) / 1e3);
        latency.put("max", micros.getMaxValue() / 1e3);
    }

    /** At the proxies, in ms; paths that were not taken have a count of 0. */
    private static void byPath(ObjectNode paths, Map<SentForm, LatencyCounts> micros) {
        for (SentForm form : SentForm.values()) {
            LatencyCounts counts = micros.getOrDefault(form, LatencyCounts.EMPTY);
            paths.putObject(
                            form == SentForm.STAGED_LOCAL
                                    ? "stagedLocal"
                                    : form.name().toLowerCase(Locale.ROOT))
                    .put("count", counts.count())
                    .put("p50", counts.percentile(50) / 1e3)
                    .put("p90", counts.percentile(90) / 1e3)
                    .put("p99", counts.percentile(99) / 1e3)
                    .put("p999", counts.percentile(99.9) / 1e3);
        }
    }

    private static void parts(ObjectNode parts, CostPerTb cost) {
        parts.put("transfer", cost.transfer()).put("requests", cost.requests());
    }
}
