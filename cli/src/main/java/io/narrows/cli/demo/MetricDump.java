package io.narrows.cli.demo;

import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Snapshot;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints the non-zero metrics of a server, to see where a run's time and requests went. Stateless. */
final class MetricDump {
    private static final double NANOS_PER_MS = 1e6;

    private MetricDump() {}

    static void print(PrintWriter out, String server, MetricRegistry registry) {
        out.println();
        out.println("Metrics of " + server);
        registry.getTimers().forEach((name, timer) -> {
            if (timer.getCount() > 0) {
                line(out, name, timer.getCount(), timer.getSnapshot(), NANOS_PER_MS, "ms");
            }
        });
        registry.getHistograms().forEach((name, histogram) -> {
            if (histogram.getCount() > 0) {
                line(out, name, histogram.getCount(), histogram.getSnapshot(), 1, "");
            }
        });
        registry.getCounters().forEach((name, counter) -> {
            if (counter.getCount() != 0) {
                out.println(String.format(Locale.ROOT, "  %-60s %,14d", name, counter.getCount()));
            }
        });
        registry.getMeters().forEach((name, meter) -> {
            if (meter.getCount() > 0) {
                out.println(String.format(Locale.ROOT, "  %-60s %,14d", name, meter.getCount()));
            }
        });
        out.flush();
    }

    private static void line(PrintWriter out, String name, long count, Snapshot values, double unit, String label) {
        out.println(String.format(
                Locale.ROOT,
                "  %-60s %,14d  p50 %.1f  p99 %.1f  max %.1f %s",
                name,
                count,
                values.getMedian() / unit,
                values.get99thPercentile() / unit,
                values.getMax() / unit,
                label));
    }
}
