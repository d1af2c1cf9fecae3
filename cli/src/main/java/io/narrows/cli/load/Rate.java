package io.narrows.cli.load;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How fast a run produces, over all producers together: bytes or records per second; nothing when unlimited. Where it
 * changes over the run, this is its peak.
 */
public record Rate(double perSecond, Unit unit, RateCurve curve) {
    public static final Rate UNLIMITED = new Rate(Double.POSITIVE_INFINITY, Unit.BYTES);

    private static final String DAY_PREFIX = "day:";

    private static final Pattern TEXT =
            Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*(mb/s|kb/s|mb|kb|records/s|r/s|/s)?");

    /** What is counted. */
    public enum Unit {
        BYTES,
        RECORDS
    }

    /** The same all the time. */
    public Rate(double perSecond, Unit unit) {
        this(perSecond, unit, RateCurve.CONSTANT);
    }

    /**
     * {@code 30} and {@code 30MB/s} are megabytes per second, {@code 100r/s} records per second; {@code day:30MB/s} is a
     * day with that peak, compressed into the run.
     */
    public static Rate parse(String text) {
        String lower = text.trim().toLowerCase(Locale.ROOT);
        if (lower.startsWith(DAY_PREFIX) && !lower.endsWith("max")) {
            Rate peak = parse(lower.substring(DAY_PREFIX.length()));
            return new Rate(peak.perSecond, peak.unit, RateCurve.DAY);
        }
        if (lower.equals("max")) {
            return UNLIMITED;
        }
        Matcher matcher = TEXT.matcher(lower);
        if (!matcher.matches() || Double.parseDouble(matcher.group(1)) <= 0) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not a rate: write 30 or 30MB/s, 500KB/s, 100r/s (records),"
                            + " day:30MB/s (a day with that peak) or max");
        }
        double value = Double.parseDouble(matcher.group(1));
        String unit = matcher.group(2) == null ? "mb/s" : matcher.group(2);
        return switch (unit) {
            case "mb/s", "mb" -> new Rate(value * 1e6, Unit.BYTES);
            case "kb/s", "kb" -> new Rate(value * 1e3, Unit.BYTES);
            default -> new Rate(value, Unit.RECORDS);
        };
    }

    /** Records of this size per second for one of so many producers, at the peak. */
    public double recordsPerSecond(int recordBytes, int producers) {
        double records = unit == Unit.BYTES ? perSecond / recordBytes : perSecond;
        return records / producers;
    }

    /** At the peak. */
    public double bytesPerSecond(int recordBytes) {
        return unit == Unit.BYTES ? perSecond : perSecond * recordBytes;
    }

    @Override
    public String toString() {
        if (Double.isInfinite(perSecond)) {
            return "max";
        }
        String prefix = curve.equals(RateCurve.CONSTANT) ? "" : curve.name() + ":";
        return unit == Unit.BYTES
                ? String.format(Locale.ROOT, "%s%.1f MB/s", prefix, perSecond / 1e6)
                : String.format(Locale.ROOT, "%s%.0f records/s", prefix, perSecond);
    }
}
