package io.narrows.bench.compare;

import io.narrows.bench.compare.BarChart.Part;
import io.narrows.bench.zones.ZoneTraffic;
import io.narrows.bench.zones.ZoneTraffic.ZonePair;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The comparison as one HTML page: charts, tables and where the figures come from; loads nothing. Stateless. */
final class CompareHtml {
    private static final String STYLE = "compare.css";

    private CompareHtml() {}

    static String page(CompareReport report) {
        StringBuilder html = new StringBuilder();
        html.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.append("<title>Narrows and stock Kafka</title>\n<style>\n")
                .append(style())
                .append("</style>\n</head>\n");
        html.append("<body>\n<main>\n<h1>What crossed the zones</h1>\n");
        html.append("<p class=\"lead\">The same load against each system in turn. Every zone is a network namespace;")
                .append(" bytes are the kernel's counters of the links between them, headers and acknowledgements")
                .append(
                        " included. Requests are the S3 server's. Bars are means, and the marks on them the rounds.</p>\n");
        targets(html, report);
        report.loads().forEach(load -> load(html, report, load));
        provenance(html, report);
        return html.append("</main>\n</body>\n</html>\n").toString();
    }

    private static void targets(StringBuilder html, CompareReport report) {
        if (report.targets().isEmpty()) {
            return;
        }
        html.append("<ul class=\"targets\">\n");
        for (Target target : report.targets()) {
            html.append("<li class=\"")
                    .append(target.isMet() ? "met" : "missed")
                    .append("\">");
            html.append(Html.escape(target.toString())).append("</li>\n");
        }
        html.append("</ul>\n");
    }

    private static void load(StringBuilder html, CompareReport report, LoadCase load) {
        List<Averages> systems = Averages.of(report.measured(), load);
        if (systems.isEmpty()) {
            return;
        }
        html.append("<section>\n<h2>").append(Html.escape(load.title())).append("</h2>\n");
        chart(html, systems, "Bytes between zones for a byte produced", "%.4f", Measured::crossing);
        chart(html, systems, "Throughput, MB/s", "%.1f", Measured::throughputMBps);
        cpu(html, systems);
        latency(html, systems);
        table(html, systems);
        List<CompareTable.Row> ratios = CompareTable.ratios(report.measured(), load);
        if (!ratios.isEmpty()) {
            html.append("<h3>Against stock Kafka, round by round</h3>\n<ul>\n");
            ratios.forEach(row -> html.append(Html.element("li", row.label() + ": " + String.join(", ", row.values())))
                    .append('\n'));
            html.append("</ul>\n");
        }
        systems.forEach(one -> pairs(html, one));
        html.append("</section>\n");
    }

    /** Bars are means, ticks the rounds. */
    private static void chart(
            StringBuilder html,
            List<Averages> systems,
            String title,
            String format,
            ToDoubleFunction<Measured> figure) {
        BarChart chart = new BarChart(title);
        for (Averages one : systems) {
            double mean = one.mean(figure);
            List<Double> rounds = one.rounds().size() < 2
                    ? List.of()
                    : one.rounds().stream().map(figure::applyAsDouble).toList();
            String colour = one.contestant().isStock() ? "stock" : "narrows";
            chart.bar(
                    one.contestant().title(),
                    List.of(new Part(colour, mean)),
                    String.format(Locale.ROOT, format, mean),
                    rounds);
        }
        figure(html, title, "", chart);
    }

    private static void cpu(StringBuilder html, List<Averages> systems) {
        String title = "CPU seconds for a gigabyte produced, clients and S3 server with them";
        BarChart chart = new BarChart(title);
        for (Averages one : systems) {
            List<Part> parts = List.of(
                    new Part("brokers", one.perGB(m -> m.cpu().brokers())),
                    new Part("proxies", one.perGB(m -> m.cpu().proxies())),
                    new Part("s3", one.perGB(m -> m.cpu().s3())),
                    new Part("clients", one.perGB(m -> m.cpu().clients())));
            double sum = parts.stream().mapToDouble(Part::value).sum();
            chart.bar(one.contestant().title(), parts, String.format(Locale.ROOT, "%.1f", sum), List.of());
        }
        String legend = "<span class=\"key brokers\"></span>brokers <span class=\"key proxies\"></span>proxies "
                + "<span class=\"key s3\"></span>S3 server <span class=\"key clients\"></span>clients";
        figure(html, title, legend, chart);
    }

    private static void latency(StringBuilder html, List<Averages> systems) {
        String title = "Acknowledgement, milliseconds from when a record was due: median and 99th percentile";
        BarChart chart = new BarChart(title);
        for (Averages one : systems) {
            double p50 = one.ackMicros().getValueAtPercentile(50) / 1e3;
            double p99 = one.ackMicros().getValueAtPercentile(99) / 1e3;
            chart.bar(
                    one.contestant().title(),
                    List.of(new Part("median", p50), new Part("tail", p99 - p50)),
                    String.format(Locale.ROOT, "%.1f / %.1f", p50, p99),
                    List.of());
        }
        figure(html, title, "", chart);
    }

    private static void figure(StringBuilder html, String title, String legend, BarChart chart) {
        html.append("<figure>\n<figcaption>").append(Html.escape(title));
        html.append(legend.isEmpty() ? "" : "<br><span class=\"legend\">" + legend + "</span>");
        html.append("</figcaption>\n").append(chart.svg()).append("</figure>\n");
    }

    private static void table(StringBuilder html, List<Averages> systems) {
        html.append("<div class=\"scroll\"><table>\n<thead><tr><th></th>");
        systems.forEach(one -> html.append("<th scope=\"col\">")
                .append(Html.escape(one.contestant().title()))
                .append("</th>"));
        html.append("</tr></thead>\n<tbody>\n");
        for (CompareTable.Row row : CompareTable.rows(systems)) {
            html.append(
                            row.label().startsWith(" ")
                                    ? "<tr class=\"part\"><th scope=\"row\">"
                                    : "<tr><th scope=\"row\">")
                    .append(Html.escape(row.label().strip()))
                    .append("</th>");
            row.values().forEach(value -> html.append(Html.element("td", value)));
            html.append("</tr>\n");
        }
        html.append("</tbody></table></div>\n");
    }

    /** Of the first round: directed bytes of each link. */
    private static void pairs(StringBuilder html, Averages one) {
        ZoneTraffic traffic = one.rounds().get(0).traffic();
        html.append("<details><summary>Links of ")
                .append(Html.escape(one.contestant().title()));
        html.append(", first round, MB</summary>\n<div class=\"scroll\"><table>\n<tbody>\n");
        for (ZonePair pair : traffic.zones()) {
            link(html, pair.from() + " to " + pair.to(), pair.bytes());
        }
        for (ZoneTraffic.S3Link link : traffic.s3()) {
            link(html, link.zone() + " to S3", link.up());
            link(html, "S3 to " + link.zone(), link.down());
        }
        html.append("</tbody></table></div></details>\n");
    }

    private static void link(StringBuilder html, String name, long bytes) {
        html.append("<tr><th scope=\"row\">").append(Html.escape(name)).append("</th>");
        html.append(Html.element("td", String.format(Locale.ROOT, "%.3f", bytes / 1e6)))
                .append("</tr>\n");
    }

    private static void provenance(StringBuilder html, CompareReport report) {
        Provenance from = report.provenance();
        Provenance.Machine machine = from.machine();
        html.append("<footer>\n");
        html.append(Html.element(
                        "p",
                        String.format(
                                Locale.ROOT,
                                "%s, %d processors, %.1f GB of memory, %s, Java %s. All servers, clients and the S3 server share"
                                        + " this machine.",
                                machine.processor(),
                                machine.processors(),
                                machine.memoryBytes() / 1e9,
                                machine.system(),
                                machine.java())))
                .append('\n');
        html.append(Html.element("p", "Commit " + from.commit() + ", " + from.at()))
                .append('\n');
        html.append("<p><code>").append(Html.escape(from.command())).append("</code></p>\n</footer>\n");
    }

    private static String style() {
        try (InputStream in = CompareHtml.class.getResourceAsStream(STYLE)) {
            if (in == null) {
                throw new IllegalStateException(STYLE + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
