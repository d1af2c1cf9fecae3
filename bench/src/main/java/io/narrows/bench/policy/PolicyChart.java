package io.narrows.bench.policy;

import io.narrows.bench.policy.PolicySweep.Point;
import java.util.List;
import java.util.Locale;

/** Draws a sweep as an SVG image: dollars per TB over the rate, both axes logarithmic. Stateless. */
public final class PolicyChart {
    private static final int WIDTH = 860;
    private static final int HEIGHT = 480;
    private static final int LEFT = 76;
    private static final int RIGHT = 190;
    private static final int TOP = 48;
    private static final int BOTTOM = 56;
    private static final double MIN_RATE = 1e4;
    private static final double MAX_RATE = 1e8;
    private static final double MIN_DOLLARS = 1;
    private static final double MAX_DOLLARS = 10_000;

    private static final String STYLE = """
            <style>
              svg { background: #ffffff; font: 13px system-ui, sans-serif; }
              text { fill: #24292f; } .grid { stroke: #d0d7de; stroke-width: 1; }
              .line { fill: none; stroke-width: 2.5; } .thin { stroke-width: 2; stroke-dasharray: 6 5; }
              .ADAPTIVE { stroke: #0969da; } .DIRECT { stroke: #9a6700; } .STAGED { stroke: #8250df; }
              .HINDSIGHT { stroke: #1a7f37; } .STOCK { stroke: #cf222e; }
              @media (prefers-color-scheme: dark) {
                svg { background: #0d1117; } text { fill: #e6edf3; } .grid { stroke: #30363d; }
                .ADAPTIVE { stroke: #58a6ff; } .DIRECT { stroke: #d29922; } .STAGED { stroke: #bc8cff; }
                .HINDSIGHT { stroke: #3fb950; } .STOCK { stroke: #ff7b72; }
              }
            </style>
            """;

    private PolicyChart() {}

    public static String svg(PolicySweep sweep) {
        StringBuilder svg = new StringBuilder();
        append(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">%n<title>Dollars per TB"
                        + " over the rate</title>%n",
                WIDTH,
                HEIGHT);
        svg.append(STYLE);
        append(
                svg,
                "<text x=\"%d\" y=\"26\" font-size=\"16\">Dollars per TB produced, over the rate (%s, simulated)</text>%n",
                LEFT,
                sweep.scenario().prices().name());
        grid(svg);
        List<Choice> order = List.of(Choice.STOCK, Choice.DIRECT, Choice.STAGED, Choice.ADAPTIVE, Choice.HINDSIGHT);
        for (int i = 0; i < order.size(); i++) {
            line(svg, sweep.points(), order.get(i));
            legend(svg, order.get(i), i);
        }
        svg.append("</svg>\n");
        return svg.toString();
    }

    private static void grid(StringBuilder svg) {
        for (double rate = MIN_RATE; rate <= MAX_RATE * 1.01; rate *= 10) {
            append(
                    svg,
                    "<line class=\"grid\" x1=\"%1$.1f\" x2=\"%1$.1f\" y1=\"%2$d\" y2=\"%3$d\"/><text x=\"%1$.1f\""
                            + " y=\"%4$d\" text-anchor=\"middle\">%5$s</text>%n",
                    x(rate),
                    TOP,
                    HEIGHT - BOTTOM,
                    HEIGHT - BOTTOM + 20,
                    rate < 1e6 ? Math.round(rate / 1e3) + " KB/s" : Math.round(rate / 1e6) + " MB/s");
        }
        for (double dollars = MIN_DOLLARS; dollars <= MAX_DOLLARS * 1.01; dollars *= 10) {
            append(
                    svg,
                    "<line class=\"grid\" x1=\"%1$d\" x2=\"%2$d\" y1=\"%3$.1f\" y2=\"%3$.1f\"/><text x=\"%4$d\""
                            + " y=\"%5$.1f\" text-anchor=\"end\">%6$,d $</text>%n",
                    LEFT,
                    WIDTH - RIGHT,
                    y(dollars),
                    LEFT - 8,
                    y(dollars) + 4,
                    Math.round(dollars));
        }
        append(
                svg,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">all producers together</text>%n",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 12);
    }

    private static void line(StringBuilder svg, List<Point> points, Choice choice) {
        append(svg, "<polyline class=\"line %s%s\" points=\"", choice, isReference(choice) ? " thin" : "");
        for (Point point : points) {
            append(svg, "%.1f,%.1f ", x(point.bytesPerSecond()), y(point.dollarsPerTb(choice)));
        }
        append(svg, "\"/>%n");
    }

    private static void legend(StringBuilder svg, Choice choice, int row) {
        int y = TOP + 14 + row * 24;
        append(
                svg,
                "<line class=\"line %s%s\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/><text x=\"%d\" y=\"%d\">%s</text>%n",
                choice,
                isReference(choice) ? " thin" : "",
                WIDTH - RIGHT + 14,
                WIDTH - RIGHT + 42,
                y - 4,
                y - 4,
                WIDTH - RIGHT + 50,
                y,
                choice.title());
    }

    /** What lies on top of another line is dashed, so that both can be seen. */
    private static boolean isReference(Choice choice) {
        return choice == Choice.HINDSIGHT || choice == Choice.DIRECT;
    }

    private static double x(double rate) {
        double share = Math.log(rate / MIN_RATE) / Math.log(MAX_RATE / MIN_RATE);
        return LEFT + share * (WIDTH - LEFT - RIGHT);
    }

    private static double y(double dollars) {
        double bounded = Math.max(MIN_DOLLARS, Math.min(MAX_DOLLARS, dollars));
        double share = Math.log(bounded / MIN_DOLLARS) / Math.log(MAX_DOLLARS / MIN_DOLLARS);
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
    }

    private static void append(StringBuilder svg, String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments));
    }
}
