package io.narrows.cli.report;

import io.narrows.cli.cost.Bill;
import io.narrows.cli.cost.CostReport;
import io.narrows.cli.cost.CostReport.Line;
import io.narrows.cli.cost.SystemKind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A cost report as one HTML file that needs nothing else: styles and pictures are in it, there are no scripts, and it
 * follows the reader's choice of light or dark. Stateless.
 */
public final class HtmlReport {
    private static final Map<String, Function<Charts, String>> CHARTS = Map.of(
            "bills", Charts::bills,
            "zone_pairs", Charts::zones,
            "topics", Charts::topics,
            "object_sizes", Charts::objectSizes,
            "latencies", Charts::latencies);

    private static final Map<String, String> LEGENDS = Map.of(
            "zone_pairs",
            "<span class=\"key\">Bytes between zones for each byte produced; a stronger colour is more.</span>",
            "topics",
            legend("stock", "stock Kafka, rack-aware fetch") + legend("narrows", "Narrows"),
            "object_sizes",
            legend("below", "below break-even") + legend("narrows", "above"),
            "latencies",
            "<span class=\"key\">Filled dot: median. Open dot: 99th percentile.</span>");

    private HtmlReport() {}

    public static String write(CostReport report) {
        StringBuilder html = new StringBuilder(64 << 10);
        html.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
                .append("<meta name=\"color-scheme\" content=\"light dark\">")
                .append("<title>Narrows cost report</title><style>")
                .append(style())
                .append("</style></head><body><main>\n");
        head(html, report);
        for (Table table : new ReportTables(report).all()) {
            section(html, table, report);
        }
        html.append("<section><h2>How to read it</h2><ul>");
        report.measurement()
                .origin()
                .notes()
                .forEach(note -> html.append("<li>").append(Html.escape(note)).append("</li>"));
        return html.append("</ul></section>\n</main></body></html>\n").toString();
    }

    private static void head(StringBuilder html, CostReport report) {
        boolean good = report.savings().stream().skip(1).anyMatch(saving -> saving.dollarsPerTb() > 0);
        html.append("<header><h1>What crossed the zones, and what it costs</h1><p class=\"source\">")
                .append(Html.escape(report.measurement().origin().source()))
                .append(". Prices: ")
                .append(Html.escape(
                        report.prices().name() + " as of " + report.prices().asOf()))
                .append(".</p><p class=\"advice ")
                .append(good ? "good" : "stay")
                .append("\">")
                .append(Html.escape(report.advice()))
                .append("</p><div class=\"tiles\">");
        for (SystemKind system : SystemKind.values()) {
            report.line(system).ifPresent(line -> tile(html, line));
        }
        html.append("</div></header>\n");
    }

    private static void tile(StringBuilder html, Line line) {
        html.append("<div class=\"tile\"><div class=\"what\">")
                .append(Html.escape(line.usage().system().label()))
                .append("</div><div class=\"big\">")
                .append(Unit.DOLLARS.format(line.perTb().totalDollars()))
                .append("</div><div class=\"unit\">per TB produced, ")
                .append(line.usage().basis().label())
                .append("<br>")
                .append(String.format(Locale.ROOT, "%.1f %%", 100 * line.usage().crossShare()))
                .append(" of the bytes produced crossed</div></div>");
    }

    private static void section(StringBuilder html, Table table, CostReport report) {
        html.append("<section><h2>").append(Html.escape(table.title())).append("</h2>");
        if (!table.note().isEmpty()) {
            html.append("<p class=\"note\">").append(Html.escape(table.note())).append("</p>");
        }
        Function<Charts, String> chart = CHARTS.get(table.id());
        String picture = chart == null ? "" : chart.apply(new Charts(report));
        if (!picture.isEmpty()) {
            html.append("<div class=\"legend\">")
                    .append(table.id().equals("bills") ? billLegend(report) : LEGENDS.get(table.id()))
                    .append("</div><div class=\"chart\">")
                    .append(picture)
                    .append("</div>");
        }
        html.append("<div class=\"scroll\"><table><thead><tr>");
        for (Table.Column column : table.columns()) {
            cell(html, "th", column.unit(), column.title());
        }
        html.append("</tr></thead><tbody>\n");
        for (List<@Nullable Object> row : table.rows()) {
            html.append("<tr>");
            for (int i = 0; i < row.size(); i++) {
                Unit unit = table.columns().get(i).unit();
                cell(html, "td", unit, unit.format(row.get(i)));
            }
            html.append("</tr>\n");
        }
        html.append("</tbody></table></div></section>\n");
    }

    private static void cell(StringBuilder html, String tag, Unit unit, String text) {
        html.append('<').append(tag).append(unit.isNumber() ? " class=\"n\">" : ">");
        html.append(Html.escape(text)).append("</").append(tag).append('>');
    }

    /** Only what someone pays for. */
    private static String billLegend(CostReport report) {
        StringBuilder legend = new StringBuilder();
        List<Bill> bills = report.lines().stream().map(Line::bill).toList();
        if (bills.stream().anyMatch(bill -> bill.transferDollars() > 0)) {
            legend.append(legend("transfer", "transfer between zones"));
        }
        if (bills.stream().anyMatch(bill -> bill.requestDollars() > 0)) {
            legend.append(legend("requests", "requests to the object store"));
        }
        if (bills.stream().anyMatch(bill -> bill.feeDollars() > 0)) {
            legend.append(legend("fees", "fees per byte"));
        }
        if (bills.stream().anyMatch(bill -> bill.natDollars() > 0)) {
            legend.append(legend("nat", "NAT"));
        }
        return legend.toString();
    }

    private static String legend(String css, String text) {
        return "<span class=\"key\"><i class=\"" + css + "\"></i>" + text + "</span>";
    }

    private static String style() {
        try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
            if (in == null) {
                throw new IllegalStateException("report.css is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("report.css cannot be read from the jar", e);
        }
    }
}
