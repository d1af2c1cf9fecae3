package io.narrows.bench.passthrough;

import io.narrows.cli.report.PlainJson;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/**
 * What a proxy costs: medians over the rounds, percentiles over all requests. Its JSON has the same names.
 *
 * @param readRatio what the consumer read at the proxy, of what it read at the broker in the same round
 */
public record PassthroughResult(PassthroughPlan plan, Map<Way, Figures> figures, Ratio readRatio) {
    private static final double P99 = 99;
    private static final double P50 = 50;

    public PassthroughResult {
        figures = Map.copyOf(figures);
    }

    /** Of one way; milliseconds of CPU are the proxy's. */
    public record Figures(
            double readMegabytesPerSecond,
            double proxyCpuMillisPerMegabyte,
            Percentiles produceMicros,
            Percentiles fetchMicros) {}

    /** Over the rounds. */
    public record Ratio(double least, double median, double most) {
        static Ratio of(List<Double> rounds) {
            return new Ratio(Collections.min(rounds), PassthroughResult.median(rounds), Collections.max(rounds));
        }
    }

    /** Microseconds. */
    public record Percentiles(long p50, long p99) {
        static Percentiles of(Histogram histogram) {
            return new Percentiles(histogram.getValueAtPercentile(P50), histogram.getValueAtPercentile(P99));
        }
    }

    static PassthroughResult of(PassthroughPlan plan, Map<Way, List<Sample>> samples) {
        Map<Way, Figures> figures = new EnumMap<>(Way.class);
        samples.forEach((way, rounds) -> {
            Histogram produce = new Histogram(3);
            Histogram fetch = new Histogram(3);
            rounds.forEach(round -> {
                produce.add(round.produceMicros());
                fetch.add(round.fetchMicros());
            });
            figures.put(
                    way,
                    new Figures(
                            median(rounds.stream()
                                    .map(Sample::readMegabytesPerSecond)
                                    .toList()),
                            median(rounds.stream()
                                    .map(Sample::readCpuMillisPerMegabyte)
                                    .toList()),
                            Percentiles.of(produce),
                            Percentiles.of(fetch)));
        });
        List<Double> ratios = IntStream.range(0, plan.rounds())
                .mapToObj(round -> rate(samples, Way.PROXY, round) / rate(samples, Way.DIRECT, round))
                .toList();
        return new PassthroughResult(plan, figures, Ratio.of(ratios));
    }

    private static double rate(Map<Way, List<Sample>> samples, Way way, int round) {
        return samples.getOrDefault(way, List.of()).get(round).readMegabytesPerSecond();
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }

    public String json() {
        return PlainJson.of(this);
    }

    private Figures of(Way way) {
        Figures found = figures.get(way);
        if (found == null) {
            throw new IllegalStateException("nothing was measured of " + way);
        }
        return found;
    }

    public String table() {
        Figures direct = of(Way.DIRECT);
        Figures proxy = of(Way.PROXY);
        return "                                 direct       proxy  difference\n"
                + line(
                        "consumer, MB/s",
                        direct.readMegabytesPerSecond(),
                        proxy.readMegabytesPerSecond(),
                        String.format(Locale.ROOT, "x %.2f", readRatio.median()))
                + String.format(
                        Locale.ROOT,
                        "%-26s %36s%n",
                        "  round by round",
                        String.format(Locale.ROOT, "x %.2f to %.2f", readRatio.least(), readRatio.most()))
                + micros(
                        "produce p50, us",
                        direct.produceMicros().p50(),
                        proxy.produceMicros().p50())
                + micros(
                        "produce p99, us",
                        direct.produceMicros().p99(),
                        proxy.produceMicros().p99())
                + micros(
                        "fetch p50, us",
                        direct.fetchMicros().p50(),
                        proxy.fetchMicros().p50())
                + micros(
                        "fetch p99, us",
                        direct.fetchMicros().p99(),
                        proxy.fetchMicros().p99())
                + line(
                        "proxy CPU per MB read, ms",
                        direct.proxyCpuMillisPerMegabyte(),
                        proxy.proxyCpuMillisPerMegabyte(),
                        "");
    }

    private static String micros(String name, long direct, long proxy) {
        return line(name, (double) direct, (double) proxy, String.format(Locale.ROOT, "%+d", proxy - direct));
    }

    private static String line(String name, double direct, double proxy, String difference) {
        return String.format(Locale.ROOT, "%-26s %12.2f %11.2f %11s%n", name, direct, proxy, difference);
    }
}
