package io.narrows.cli.report;

import java.util.Locale;

/**
 * One inline SVG picture. Colours are CSS classes of the page, so that light, dark and print need no second picture.
 * Used by one thread.
 */
final class Svg {
    /** Where a text's position is in the text. */
    enum Anchor {
        START,
        MIDDLE,
        END
    }

    private final StringBuilder body = new StringBuilder();
    private final int width;
    private final int height;
    private final String label;

    /** @param label says what the picture shows, for readers who do not see it */
    Svg(int width, int height, String label) {
        this.width = width;
        this.height = height;
        this.label = label;
    }

    /** A box with a tooltip. */
    Svg box(double x, double y, double boxWidth, double boxHeight, String cssClass, String tip) {
        body.append(String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"%s\"><title>%s</title></rect>",
                x,
                y,
                Math.max(0, boxWidth),
                boxHeight,
                cssClass,
                Html.escape(tip)));
        return this;
    }

    /** A box whose colour is as strong as {@code strength} from 0 to 1. */
    Svg shade(double x, double y, double size, double shadeHeight, double strength) {
        body.append(String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"shade\" fill-opacity=\"%.3f\"/>",
                x,
                y,
                size,
                shadeHeight,
                strength));
        return this;
    }

    Svg text(double x, double y, Anchor anchor, String cssClass, String text) {
        body.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">%s</text>",
                x,
                y,
                anchor.name().toLowerCase(Locale.ROOT),
                cssClass,
                Html.escape(text)));
        return this;
    }

    Svg line(double x1, double y1, double x2, double y2, String cssClass) {
        body.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>",
                x1,
                y1,
                x2,
                y2,
                cssClass));
        return this;
    }

    Svg dot(double x, double y, String cssClass) {
        body.append(
                String.format(Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" class=\"%s\"/>", x, y, cssClass));
        return this;
    }

    String html() {
        return String.format(
                Locale.ROOT,
                "<svg viewBox=\"0 0 %d %d\" style=\"max-width:%dpx\" role=\"img\" aria-label=\"%s\">%s</svg>",
                width,
                height,
                width,
                Html.escape(label),
                body);
    }
}
