package io.narrows.cli.report;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a column holds, and how people read it. Traffic and prices use GB (10^9 bytes), sizes of objects and batches use
 * KiB and MiB (2^10, 2^20): a column has one of the two, so they are never mixed.
 */
enum Unit {
    TEXT(""),
    COUNT("count"),
    /** Of traffic and storage, shown in decimal units. */
    BYTES("bytes"),
    /** Of one object or batch, shown in binary units. */
    OBJECT_BYTES("bytes"),
    BYTES_PER_SECOND("bytes per second"),
    DOLLARS("dollars"),
    /** Shown as a percentage. */
    SHARE("share"),
    /** Bytes for each byte produced. */
    RATIO("ratio"),
    MILLIS("ms");

    private static final String NOTHING = "-";

    private final String inFiles;

    Unit(String inFiles) {
        this.inFiles = inFiles;
    }

    /** Name in files for programs. */
    String inFiles() {
        return inFiles;
    }

    boolean isNumber() {
        return this != TEXT;
    }

    String format(@Nullable Object value) {
        if (value == null) {
            return NOTHING;
        }
        if (!(value instanceof Number number)) {
            return value.toString();
        }
        double amount = number.doubleValue();
        return switch (this) {
            case TEXT -> value.toString();
            case COUNT -> String.format(Locale.ROOT, "%,d", number.longValue());
            case BYTES -> decimal(amount);
            case OBJECT_BYTES -> binary(amount);
            case BYTES_PER_SECOND -> decimal(amount) + "/s";
            case DOLLARS -> dollars(amount);
            case SHARE -> String.format(Locale.ROOT, "%.1f %%", 100 * amount);
            case RATIO -> String.format(Locale.ROOT, "%.4f", amount);
            case MILLIS -> String.format(Locale.ROOT, "%,.1f ms", amount);
        };
    }

    private static String decimal(double bytes) {
        if (bytes < 1e3) {
            return String.format(Locale.ROOT, "%.0f B", bytes);
        }
        if (bytes < 1e6) {
            return String.format(Locale.ROOT, "%.1f kB", bytes / 1e3);
        }
        return bytes < 1e9
                ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%,.2f GB", bytes / 1e9);
    }

    private static String binary(double bytes) {
        if (bytes >= Long.MAX_VALUE) {
            return "never";
        }
        return bytes < 1 << 20
                ? String.format(Locale.ROOT, "%.0f KiB", bytes / (1 << 10))
                : String.format(Locale.ROOT, "%,.1f MiB", bytes / (1 << 20));
    }

    /** Cents for what is a dollar or more; three digits that count for less. */
    private static String dollars(double amount) {
        double size = Math.abs(amount);
        String sign = amount < 0 ? "-" : "";
        if (size >= 1 || size == 0) {
            return String.format(Locale.ROOT, "%s$%,.2f", sign, size);
        }
        int digits = Math.min(9, 2 - (int) Math.floor(Math.log10(size)));
        return String.format(Locale.ROOT, "%s$%." + digits + "f", sign, size);
    }
}
