package io.narrows.bench.fairness;

import io.narrows.bench.passthrough.Way;
import io.narrows.cli.report.PlainJson;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** What the small client felt, by its neighbours, in the order in which it was measured. Its JSON has the same names. */
public record FairnessResult(int seconds, String rate, int big, List<Figures> figures) {
    private static final double MICROS = 1e3;
    private static final double P50 = 50;
    private static final double P99 = 99;

    public FairnessResult {
        figures = List.copyOf(figures);
    }

    /**
     * Beside some neighbours.
     *
     * @param acknowledged from when a record was due to its acknowledgement
     * @param fetched from when a fetch of an old record was due to the record
     * @param read from when a record was due to its reader having it
     * @param exact nothing of the small client's records was lost, doubled or reordered
     */
    public record Figures(
            Way way,
            Neighbours neighbours,
            Latency acknowledged,
            Latency fetched,
            Latency read,
            double producedMegabytesPerSecond,
            double readMegabytesPerSecond,
            boolean exact) {}

    /** Milliseconds. */
    public record Latency(double p50, double p99, double max) {
        static Latency of(Histogram micros) {
            return new Latency(
                    micros.getValueAtPercentile(P50) / MICROS,
                    micros.getValueAtPercentile(P99) / MICROS,
                    micros.getMaxValue() / MICROS);
        }

        private String cells() {
            return String.format(Locale.ROOT, "%8.1f %8.1f %8.1f", p50, p99, max);
        }
    }

    public boolean isExact() {
        return figures.stream().allMatch(Figures::exact);
    }

    public String json() {
        return PlainJson.of(this);
    }

    public String table() {
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT,
                "small client, ms %25s %29s %29s   neighbours, MB/s%n%-7s%-12s %s   %s   %s   %8s %8s%n",
                "acknowledged",
                "fetched",
                "written and read",
                "",
                "neighbours",
                "     p50      p99      max",
                "     p50      p99      max",
                "     p50      p99      max",
                "written",
                "read"));
        for (Figures each : figures) {
            table.append(String.format(
                    Locale.ROOT,
                    "%-7s%-12s %s   %s   %s   %8.1f %8.1f%s%n",
                    each.way().name().toLowerCase(Locale.ROOT),
                    each.neighbours().name().toLowerCase(Locale.ROOT),
                    each.acknowledged().cells(),
                    each.fetched().cells(),
                    each.read().cells(),
                    each.producedMegabytesPerSecond(),
                    each.readMegabytesPerSecond(),
                    each.exact() ? "" : "  NOT EXACT"));
        }
        return table.toString();
    }
}
