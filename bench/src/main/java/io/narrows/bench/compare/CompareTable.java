package io.narrows.bench.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.HdrHistogram.Histogram;

/** The figures as rows with a column per system: what the terminal and the HTML page show. Stateless. */
final class CompareTable {
    private static final int LABEL_WIDTH = 46;
    private static final int COLUMN_WIDTH = 19;

    private CompareTable() {}

    /** A figure of all systems. */
    record Row(String label, List<String> values) {
        Row {
            values = List.copyOf(values);
        }
    }

    static List<Row> rows(List<Averages> systems) {
        List<Row> rows = new ArrayList<>();
        rows.add(row(systems, "throughput, MB/s", one -> number("%.1f", one.mean(Measured::throughputMBps))));
        rows.add(row(systems, "between zones, bytes per byte produced", one -> number("%.4f", crossing(one))));
        rows.add(row(
                systems,
                "  of batches alone, in theory",
                one -> number("%.2f", one.load().theory(one.contestant()))));
        rows.add(row(
                systems,
                "to S3, bytes per byte produced",
                one -> ifS3(one, "%.2f", one.perByte(m -> m.traffic().s3Up()))));
        rows.add(row(
                systems,
                "from S3",
                one -> ifS3(one, "%.2f", one.perByte(m -> m.traffic().s3Down()))));
        rows.add(row(systems, "PUT per GB", one -> ifS3(one, "%.0f", one.perGB(m -> m.s3().put()))));
        rows.add(row(systems, "GET per GB", one -> ifS3(one, "%.0f", one.perGB(m -> m.s3().get()))));
        rows.add(row(
                systems,
                "CPU s per GB, brokers and proxies",
                one -> number("%.2f", one.mean(Measured::cpuSecondsPerGB))));
        rows.add(row(
                systems,
                "  brokers",
                one -> number("%.2f", one.perGB(m -> m.cpu().brokers()))));
        rows.add(row(
                systems,
                "  proxies",
                one -> one.contestant().hasProxies()
                        ? number("%.2f", one.perGB(m -> m.cpu().proxies()))
                        : "-"));
        rows.add(row(
                systems,
                "CPU s per GB, S3 server",
                one -> ifS3(one, "%.2f", one.perGB(m -> m.cpu().s3()))));
        rows.add(row(
                systems,
                "CPU s per GB, clients",
                one -> number("%.2f", one.perGB(m -> m.cpu().clients()))));
        rows.add(row(systems, "ack ms, p50 / p99", one -> percentiles(one.ackMicros())));
        rows.add(row(systems, "ack ms, p99.9 / max", one -> tail(one.ackMicros())));
        rows.add(row(systems, "end to end ms, p50 / p99", one -> percentiles(one.endToEndMicros())));
        rows.add(row(
                systems,
                "brokers' disk, bytes per byte produced",
                one -> number("%.3f", one.perByte(m -> m.memory().diskBytes()))));
        rows.add(row(
                systems,
                "memory of brokers, MB",
                one -> number("%.0f", one.mean(m -> m.memory().brokerRssBytes() / 1e6))));
        rows.add(row(
                systems,
                "memory of proxies, MB",
                one -> one.contestant().hasProxies()
                        ? number("%.0f", one.mean(m -> m.memory().proxyRssBytes() / 1e6))
                        : "-"));
        rows.add(row(systems, "every record checked", one -> one.isClean() ? "exact" : "NOT EXACT"));
        return rows;
    }

    /** Narrows against stock Kafka, round by round. */
    static List<Row> ratios(List<Measured> all, LoadCase load) {
        List<Row> rows = new ArrayList<>();
        for (SystemUnderTest base : List.of(SystemUnderTest.STOCK, SystemUnderTest.STOCK_RACK)) {
            for (SystemUnderTest one : List.of(SystemUnderTest.NARROWS, SystemUnderTest.NARROWS_DIRECT)) {
                Ratio throughput = Ratio.of(all, load.name(), one, base, Measured::throughputMBps);
                if (throughput.isKnown()) {
                    Ratio cpu = Ratio.of(all, load.name(), one, base, Measured::cpuSecondsPerGB);
                    rows.add(new Row(
                            one.title() + " / " + base.title(),
                            List.of("throughput " + throughput, "CPU per GB " + cpu)));
                }
            }
        }
        return rows;
    }

    static String text(List<Measured> all, List<LoadCase> loads) {
        StringBuilder text = new StringBuilder();
        for (LoadCase load : loads) {
            List<Averages> systems = Averages.of(all, load);
            if (systems.isEmpty()) {
                continue;
            }
            text.append('\n').append(load.title()).append('\n');
            text.append(" ".repeat(LABEL_WIDTH));
            systems.forEach(one -> text.append(right(one.contestant().title())));
            text.append('\n');
            for (Row row : rows(systems)) {
                text.append(String.format(Locale.ROOT, "%-" + LABEL_WIDTH + "s", row.label()));
                row.values().forEach(value -> text.append(right(value)));
                text.append('\n');
            }
            ratios(all, load)
                    .forEach(row -> text.append("  ")
                            .append(row.label())
                            .append(": ")
                            .append(String.join(", ", row.values()))
                            .append('\n'));
            systems.forEach(one -> Target.of(one)
                    .ifPresent(target -> text.append("  ").append(target).append('\n')));
        }
        return text.toString();
    }

    private static String right(String value) {
        return String.format(Locale.ROOT, "%" + COLUMN_WIDTH + "s", value);
    }

    private static Row row(List<Averages> systems, String label, Function<Averages, String> value) {
        return new Row(label, systems.stream().map(value).toList());
    }

    static double crossing(Averages one) {
        return one.mean(Measured::crossing);
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private static String ifS3(Averages one, String format, double value) {
        return one.contestant().isStock() ? "-" : number(format, value);
    }

    private static String percentiles(Histogram micros) {
        return ms(micros.getValueAtPercentile(50)) + " / " + ms(micros.getValueAtPercentile(99));
    }

    private static String tail(Histogram micros) {
        return ms(micros.getValueAtPercentile(99.9)) + " / " + ms(micros.getMaxValue());
    }

    private static String ms(long micros) {
        return String.format(Locale.ROOT, micros < 100_000 ? "%.1f" : "%.0f", micros / 1e3);
    }
}
