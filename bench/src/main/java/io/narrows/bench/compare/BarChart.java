package io.narrows.bench.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Horizontal bars as inline SVG, coloured by the page's style sheet; a bar can have parts. */
final class BarChart {
    private static final int WIDTH = 720;
    private static final int LABEL_WIDTH = 150;
    private static final int VALUE_WIDTH = 120;
    private static final int ROW_HEIGHT = 34;
    private static final int BAR_HEIGHT = 20;

    private final String title;
    private final List<Bar> bars = new ArrayList<>();

    /** @param title what the bars show, with its unit; also what a screen reader says */
    BarChart(String title) {
        this.title = title;
    }

    /** @param style CSS class of the part's colour */
    record Part(String style, double value) {}

    /** @param marks single rounds, shown as ticks on the bar */
    private record Bar(String label, List<Part> parts, String value, List<Double> marks) {
        double sum() {
            return parts.stream().mapToDouble(Part::value).sum();
        }

        double reach() {
            return Math.max(
                    sum(), marks.stream().mapToDouble(Double::doubleValue).max().orElse(0));
        }
    }

    BarChart bar(String label, List<Part> parts, String value, List<Double> marks) {
        bars.add(new Bar(label, List.copyOf(parts), value, List.copyOf(marks)));
        return this;
    }

    String svg() {
        double longest = bars.stream().mapToDouble(Bar::reach).max().orElse(0);
        double scale = longest <= 0 ? 0 : (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / longest;
        int height = bars.size() * ROW_HEIGHT;
        StringBuilder svg = new StringBuilder();
        svg.append("<svg viewBox=\"0 0 ").append(WIDTH).append(' ').append(height);
        svg.append("\" role=\"img\" aria-label=\"").append(Html.escape(title)).append("\">\n");
        for (int row = 0; row < bars.size(); row++) {
            bar(svg, bars.get(row), row * ROW_HEIGHT, scale);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void bar(StringBuilder svg, Bar bar, int top, double scale) {
        int middle = top + ROW_HEIGHT / 2;
        int barTop = top + (ROW_HEIGHT - BAR_HEIGHT) / 2;
        text(svg, LABEL_WIDTH - 10, middle, "label", bar.label());
        double x = LABEL_WIDTH;
        for (Part part : bar.parts()) {
            double width = part.value() * scale;
            rect(svg, x, barTop, width, part.style());
            x += width;
        }
        for (double mark : bar.marks()) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>%n",
                    LABEL_WIDTH + mark * scale,
                    LABEL_WIDTH + mark * scale,
                    barTop - 3,
                    barTop + BAR_HEIGHT + 3));
        }
        text(svg, LABEL_WIDTH + bar.reach() * scale + 8, middle, "value", bar.value());
    }

    /** A value that is not zero stays visible. */
    private static void rect(StringBuilder svg, double x, int top, double width, String style) {
        if (width > 0) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>%n",
                    style,
                    x,
                    top,
                    Math.max(width, 1),
                    BAR_HEIGHT));
        }
    }

    private static void text(StringBuilder svg, double x, int middle, String style, String text) {
        svg.append(String.format(
                Locale.ROOT,
                "<text class=\"%s\" x=\"%.1f\" y=\"%d\">%s</text>%n",
                style,
                x,
                middle + 5,
                Html.escape(text)));
    }
}
