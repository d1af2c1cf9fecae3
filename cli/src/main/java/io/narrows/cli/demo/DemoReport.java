package io.narrows.cli.demo;

import io.narrows.cli.cost.CostPerTb;
import io.narrows.cli.cost.CrossZone;
import io.narrows.cli.cost.StockKafka;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.verify.Verdict;
import io.narrows.router.lane.SentForm;
import io.narrows.router.produce.LatencyCounts;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints what a demo run found as tables for people. Stateless. */
final class DemoReport {
    private final PrintWriter out;
    private final DemoFigures figures;

    DemoReport(PrintWriter out, DemoFigures figures) {
        this.out = out;
        this.figures = figures;
    }

    void print() {
        checks();
        zones();
        store();
        latency();
        cost();
        errors();
        out.flush();
    }

    private void checks() {
        LoadResult load = figures.load();
        Verdict verdict = load.verdict();
        line("");
        line("Every record, checked");
        line(
                "  produced %,d   acknowledged %,d   read %,d",
                load.totals().sent(), load.totals().acknowledged(), verdict.consumed());
        check("lost", verdict.lost());
        check("read twice", verdict.duplicated());
        check("out of order", verdict.misordered());
        check("changed bytes", verdict.corrupt());
        check("of aborted transactions", verdict.abortedSeen());
        if (load.totals().uncertain() > 0) {
            line(
                    "  %-24s %,12d  producers received an error",
                    "unknown outcome", load.totals().uncertain());
        }
        if (!load.complete()) {
            line("  FAILED: a producer or reader did not finish before the deadline");
        }
    }

    private void check(String what, long count) {
        line("  %-24s %,12d  %s", what, count, count == 0 ? "ok" : "FAILED");
    }

    private void zones() {
        CrossZone narrows = figures.crossZone();
        StockKafka stock = figures.stock();
        double seconds = Math.max(0.001, figures.load().elapsed().toMillis() / 1e3);
        line("");
        line(
                "Bytes between zones    (produced: %s in %.1f s, %.1f MB/s)",
                mb(figures.producedBytes()), seconds, figures.producedBytes() / 1e6 / seconds);
        line("  %-14s %14s %9s %18s %9s", "", "Narrows", "", "stock Kafka", "");
        row("produce", narrows.produce(), stock.produce());
        row("replication", narrows.replication(), stock.replication());
        row("consume", narrows.consume(), 0);
        row("relay", narrows.relay(), 0);
        row("metadata", narrows.metadata(), 0);
        row("total", narrows.total(), stock.totalRackAware());
        line(
                "  Stock Kafka is computed for the same batches, leaders and replicas, with rack-aware readers;"
                        + " with readers at leaders it is %s (%s).",
                mb(stock.totalFromLeaders()), share(stock.totalFromLeaders()));
        consumers(narrows.consume());
    }

    /** Fetch connections are counted whole, so this holds for every request and answer on them. */
    private void consumers(long crossing) {
        if (figures.options().consumers() == DemoOptions.Consumers.VIA_PROXY) {
            line(
                    "  Consumers connect only to the proxy of their zone; %s",
                    crossing == 0
                            ? "no consumer byte crossed a zone."
                            : String.format(Locale.ROOT, "%,d of their bytes crossed a zone.", crossing));
        }
    }

    private void row(String what, long narrows, long stock) {
        line("  %-14s %14s %9s %18s %9s", what, mb(narrows), share(narrows), mb(stock), share(stock));
    }

    private void store() {
        line("");
        line("Object store");
        line(
                "  PUT %,d (%s, %s each)   GET %,d (%s)   other %,d   refused %,d",
                figures.s3().put(),
                mb(figures.s3().bytesPut()),
                mib(figures.bytesPerPut()),
                figures.s3().get(),
                mb(figures.s3().bytesGot()),
                figures.s3().head()
                        + figures.s3().list()
                        + figures.s3().delete()
                        + figures.s3().other(),
                figures.s3().errors());
        line(
                "  batches committed as links %,d, inline %,d",
                figures.batches().link(), figures.batches().inline());
    }

    private void latency() {
        var latency = figures.load().latencyMicros();
        line("");
        line("From send to acknowledgement, in ms");
        line(
                "  p50 %.1f   p90 %.1f   p99 %.1f   p99.9 %.1f   max %.1f",
                latency.getValueAtPercentile(50) / 1e3,
                latency.getValueAtPercentile(90) / 1e3,
                latency.getValueAtPercentile(99) / 1e3,
                latency.getValueAtPercentile(99.9) / 1e3,
                latency.getMaxValue() / 1e3);
        line("");
        line(
                "From a batch's arrival at its proxy to the response, in ms, by path    (object store: %s)",
                figures.options().s3Latency().toString().isEmpty()
                        ? "no latency"
                        : figures.options().s3Latency());
        line("  %-14s %10s %10s %10s %10s %10s", "", "batches", "p50", "p90", "p99", "p99.9");
        for (SentForm form : SentForm.values()) {
            path(form, figures.ackByPath().getOrDefault(form, LatencyCounts.EMPTY));
        }
    }

    private void path(SentForm form, LatencyCounts micros) {
        if (micros.count() > 0) {
            line(
                    "  %-14s %,10d %10.1f %10.1f %10.1f %10.1f",
                    form.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                    micros.count(),
                    micros.percentile(50) / 1e3,
                    micros.percentile(90) / 1e3,
                    micros.percentile(99) / 1e3,
                    micros.percentile(99.9) / 1e3);
        }
    }

    private void cost() {
        DemoFigures.Cost cost = figures.cost();
        line("");
        line("Dollars per TB produced    (transfer and requests, prices of %s)", cost.priceBook());
        dollars("Narrows", cost.narrows());
        dollars("stock Kafka, rack-aware", cost.stockRackAware());
        dollars("stock Kafka", cost.stockFromLeaders());
    }

    private void dollars(String who, CostPerTb cost) {
        line("  %-24s %9.2f  (transfer %.2f, requests %.2f)", who, cost.total(), cost.transfer(), cost.requests());
    }

    private void errors() {
        if (!figures.load().errors().isEmpty()) {
            line("");
            line("Client errors");
            figures.load().errors().forEach((kind, count) -> line("  %,8d  %s", count, kind));
        }
    }

    private String share(long bytes) {
        return figures.producedBytes() == 0
                ? "-"
                : String.format(Locale.ROOT, "%.2f %%", 100.0 * bytes / figures.producedBytes());
    }

    private static String mb(long bytes) {
        return String.format(Locale.ROOT, "%,.2f MB", bytes / 1e6);
    }

    private static String mib(long bytes) {
        return String.format(Locale.ROOT, "%.2f MiB", bytes / (1024.0 * 1024));
    }

    private void line(String format, Object... arguments) {
        out.println(arguments.length == 0 ? format : String.format(Locale.ROOT, format, arguments));
    }
}
