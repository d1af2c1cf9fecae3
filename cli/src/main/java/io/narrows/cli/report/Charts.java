package io.narrows.cli.report;

import io.narrows.cli.cost.AckLatency;
import io.narrows.cli.cost.Attribution;
import io.narrows.cli.cost.Bill;
import io.narrows.cli.cost.CostReport;
import io.narrows.cli.cost.CostReport.Line;
import io.narrows.cli.cost.ObjectSizes;
import io.narrows.cli.cost.ObjectSizes.Bucket;
import io.narrows.cli.cost.PathBytes;
import io.narrows.cli.cost.SystemKind;
import io.narrows.cli.cost.Usage;
import io.narrows.cli.cost.ZoneFlow;
import io.narrows.cli.report.Svg.Anchor;
import io.narrows.relay.price.BreakEven;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The pictures of a cost report. Each labels its bars directly, since exact figures are in the tables beside it; a
 * picture that has nothing to show is an empty text. Stateless.
 */
final class Charts {
    private static final int WIDTH = 860;
    private static final int LABELS = 220;
    private static final int VALUES = 100;
    private static final int ROW = 34;
    private static final int BAR = 20;
    private static final int TOPICS = 10;

    private final CostReport report;

    Charts(CostReport report) {
        this.report = report;
    }

    /** Dollars per TB by system, stacked by what they are paid for. */
    String bills() {
        List<Line> lines = report.lines();
        double most = lines.stream()
                .mapToDouble(line -> line.perTb().totalDollars())
                .max()
                .orElse(0);
        if (most <= 0) {
            return "";
        }
        Svg svg = new Svg(WIDTH, 12 + ROW * lines.size(), "Dollars per TB produced, by system");
        int y = 6;
        for (Line line : lines) {
            Bill bill = line.perTb();
            svg.text(
                    LABELS - 10,
                    y + 15,
                    Anchor.END,
                    "label",
                    line.usage().system().label());
            double x = LABELS;
            x = part(svg, x, y, bill.transferDollars(), most, "transfer", "transfer between zones");
            x = part(svg, x, y, bill.requestDollars(), most, "requests", "requests");
            x = part(svg, x, y, bill.feeDollars(), most, "fees", "fees per byte");
            x = part(svg, x, y, bill.natDollars(), most, "nat", "NAT");
            svg.text(x + 8, y + 15, Anchor.START, "value", Unit.DOLLARS.format(bill.totalDollars()));
            y += ROW;
        }
        return svg.html();
    }

    private static double part(Svg svg, double x, int y, double dollars, double most, String css, String what) {
        double width = dollars / most * (WIDTH - LABELS - VALUES);
        if (dollars > 0) {
            svg.box(x, y, width, BAR, css, what + ": " + Unit.DOLLARS.format(dollars) + " per TB");
        }
        return x + width;
    }

    /** From row to column, for each system whose flows are known by zone. */
    String zones() {
        List<Usage> usages = report.lines().stream()
                .map(Line::usage)
                .filter(Usage::knowsZones)
                .toList();
        Set<String> all = new TreeSet<>();
        usages.forEach(usage -> usage.flows().forEach(flow -> {
            all.add(flow.from());
            all.add(flow.to());
        }));
        List<String> zones = List.copyOf(new TreeSet<>(all));
        if (usages.isEmpty() || zones.size() > 6) {
            return "";
        }
        double most = usages.stream()
                .flatMap(usage -> usage.flows().stream()
                        .filter(ZoneFlow::crosses)
                        .map(flow -> perProduced(usage, flow.from(), flow.to())))
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(0);
        StringBuilder html = new StringBuilder();
        usages.forEach(
                usage -> html.append(matrix(usage, zones.stream().sorted().toList(), Math.max(most, 1e-12))));
        return html.toString();
    }

    private static double perProduced(Usage usage, String from, String to) {
        return usage.producedBytes() == 0 ? 0 : (double) usage.crossBytes(from, to) / usage.producedBytes();
    }

    private static String matrix(Usage usage, List<String> zones, double most) {
        int cell = 54;
        int left = 76;
        int top = 52;
        String title = usage.system().label();
        Svg svg = new Svg(
                Math.max(236, left + cell * zones.size() + 8),
                top + 34 * zones.size() + 8,
                "Bytes between zones per byte produced, " + title);
        svg.text(0, 16, Anchor.START, "title", title);
        svg.text(left - 12, top - 10, Anchor.END, "axis", "from \\ to");
        for (int column = 0; column < zones.size(); column++) {
            svg.text(left + cell * column + cell / 2.0, top - 10, Anchor.MIDDLE, "axis", zones.get(column));
        }
        for (int row = 0; row < zones.size(); row++) {
            svg.text(left - 12, top + 34 * row + 21, Anchor.END, "axis", zones.get(row));
            for (int column = 0; column < zones.size(); column++) {
                boolean same = row == column;
                double value = same ? 0 : perProduced(usage, zones.get(row), zones.get(column));
                svg.shade(left + cell * column + 1, top + 34 * row + 1, cell - 2, 32, 0.04 + 0.5 * value / most);
                svg.text(
                        left + cell * column + cell / 2.0,
                        top + 34 * row + 21,
                        Anchor.MIDDLE,
                        same ? "axis" : "value",
                        same ? "-" : String.format(Locale.ROOT, value < 0.01 ? "%.4f" : "%.3f", value));
            }
        }
        return svg.html();
    }

    /** Objects by size, with the size from which on they pay. */
    String objectSizes() {
        ObjectSizes sizes = report.measurement().details().objectSizes();
        if (sizes == null || sizes.count() == 0) {
            return "";
        }
        List<Bucket> buckets = sizes.buckets();
        long most = buckets.stream().mapToLong(Bucket::count).max().orElse(1);
        int top = 34;
        int plot = 150;
        int left = 20;
        double step = (double) (WIDTH - 2 * left) / buckets.size();
        Svg svg = new Svg(WIDTH, top + plot + 46, "Number of WAL objects by size");
        int replicas = report.measurement().details().topology().replicaZones();
        long breakEven = report.breakEven(replicas).bytes(replicas);
        for (int i = 0; i < buckets.size(); i++) {
            Bucket bucket = buckets.get(i);
            double height = (double) bucket.count() / most * plot;
            double x = left + step * i;
            svg.box(
                    x + 3,
                    top + plot - height,
                    step - 6,
                    height,
                    bucket.upToBytes() <= breakEven ? "below" : "narrows",
                    bucket.count() + " objects");
            if (bucket.count() > 0) {
                svg.text(
                        x + step / 2,
                        top + plot - height - 5,
                        Anchor.MIDDLE,
                        "value",
                        Unit.COUNT.format(bucket.count()));
            }
            boolean last = bucket.upToBytes() == Long.MAX_VALUE;
            svg.text(
                    x + step / 2,
                    top + plot + 18,
                    Anchor.MIDDLE,
                    "axis",
                    last ? "larger" : "≤ " + Unit.OBJECT_BYTES.format(bucket.upToBytes()));
        }
        svg.line(left, top + plot, WIDTH - left, top + plot, "rule");
        svg.text(WIDTH / 2.0, top + plot + 40, Anchor.MIDDLE, "axis", "size of an object; bars count objects");
        breakEvenMark(svg, buckets, breakEven, new Plot(left, step, top, plot));
        return svg.html();
    }

    private record Plot(int left, double step, int top, int height) {}

    private static void breakEvenMark(Svg svg, List<Bucket> buckets, long breakEven, Plot plot) {
        if (breakEven == BreakEven.NEVER) {
            return;
        }
        long lower = 0;
        for (int i = 0; i < buckets.size(); i++) {
            long upper = buckets.get(i).upToBytes();
            if (breakEven <= upper && upper < Long.MAX_VALUE) {
                double x = plot.left() + plot.step() * (i + (double) (breakEven - lower) / (upper - lower));
                svg.line(x, 16, x, plot.top() + plot.height(), "mark");
                svg.text(x + 6, 14, Anchor.START, "axis", "break-even " + Unit.OBJECT_BYTES.format(breakEven));
                return;
            }
            lower = upper;
        }
    }

    /** From median to 99th percentile. */
    String latencies() {
        List<AckLatency> all = report.measurement().details().latencies();
        double most = all.stream().mapToDouble(AckLatency::p99Ms).max().orElse(0);
        if (most <= 0) {
            return "";
        }
        Svg svg =
                new Svg(WIDTH, 12 + ROW * all.size() + 22, "Acknowledgement latency in ms, median and 99th percentile");
        int right = 180;
        double scale = (WIDTH - LABELS - right) / most;
        int y = 6;
        for (AckLatency one : all) {
            double middle = y + BAR / 2.0;
            double p50 = LABELS + one.p50Ms() * scale;
            double p99 = LABELS + one.p99Ms() * scale;
            svg.text(LABELS - 10, y + 15, Anchor.END, "label", one.what());
            svg.line(p50, middle, p99, middle, "range");
            svg.dot(p50, middle, "narrows");
            svg.dot(p99, middle, "hollow");
            svg.text(
                    p99 + 12,
                    y + 15,
                    Anchor.START,
                    "value",
                    String.format(Locale.ROOT, "%,.0f to %,.0f ms", one.p50Ms(), one.p99Ms()));
            y += ROW;
        }
        svg.line(LABELS, y, WIDTH - right, y, "rule");
        svg.text(LABELS, y + 18, Anchor.START, "axis", "0 ms");
        svg.text(WIDTH - right, y + 18, Anchor.END, "axis", Unit.MILLIS.format(most));
        return svg.html();
    }

    /** The topics with most bytes: what they cost with rack-aware fetch, and with Narrows. */
    String topics() {
        List<Attribution> all = report.measurement().details().topics();
        List<Attribution> top = all.stream()
                .sorted(Comparator.comparingLong(
                                (Attribution topic) -> topic.produced().total())
                        .reversed())
                .limit(TOPICS)
                .toList();
        PathBytes total = all.stream().map(Attribution::produced).reduce(PathBytes.NONE, PathBytes::plus);
        Bill bill = report.line(SystemKind.NARROWS).map(Line::bill).orElse(new Bill(0, 0, 0, 0));
        double perByte = report.prices().transferPerByte();
        double most = top.stream()
                .mapToDouble(topic ->
                        Math.max(topic.stock().rackAware() * perByte, CostReport.share(bill, topic.produced(), total)))
                .max()
                .orElse(0);
        if (most <= 0) {
            return "";
        }
        Svg svg = new Svg(
                WIDTH, 10 + 42 * top.size(), "Dollars by topic: stock Kafka with rack-aware fetch, and Narrows");
        int y = 4;
        for (Attribution topic : top) {
            svg.text(LABELS - 10, y + 20, Anchor.END, "label", shortened(topic.name()));
            bar(svg, y, topic.stock().rackAware() * perByte, most, "stock");
            bar(svg, y + 16, CostReport.share(bill, topic.produced(), total), most, "narrows");
            y += 42;
        }
        return svg.html();
    }

    private static void bar(Svg svg, int y, double dollars, double most, String css) {
        double width = dollars / most * (WIDTH - LABELS - VALUES);
        svg.box(LABELS, y, width, 13, css, Unit.DOLLARS.format(dollars));
        svg.text(LABELS + width + 8, y + 11, Anchor.START, "small", Unit.DOLLARS.format(dollars));
    }

    private static String shortened(String name) {
        return name.length() <= 26 ? name : name.substring(0, 25) + "…";
    }
}
