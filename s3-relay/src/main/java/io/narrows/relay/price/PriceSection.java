package io.narrows.relay.price;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** One map of a price book's file: reads and checks its values, and names them in full when one is wrong. */
record PriceSection(String book, String path, Map<?, ?> values) {
    private static final double GB_PER_GIB = (1L << 30) / 1e9;
    private static final double MOST_DOLLARS = 1000;

    static PriceSection root(String book, Object document) {
        if (document instanceof Map<?, ?> map) {
            return new PriceSection(book, "", map);
        }
        throw new IllegalArgumentException("price book " + book
                + " is not a YAML map: start it with cloud, region, transfer, nat and stores (docs/cost-report.md)");
    }

    void allowOnly(Set<String> known) {
        Set<String> unknown = new TreeSet<>(keys());
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("price book " + book + ": unknown keys " + unknown
                    + (path.isEmpty() ? "" : " in " + path) + ", use " + new TreeSet<>(known));
        }
    }

    /** In the order of the file. */
    Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>();
        values.keySet().forEach(key -> keys.add(String.valueOf(key)));
        return keys;
    }

    PriceSection section(String key) {
        if (values.get(key) instanceof Map<?, ?> map) {
            return new PriceSection(book, full(key), map);
        }
        throw wrong(key, values.containsKey(key) ? "is a map of prices" : "is missing: give a map of prices");
    }

    String text(String key) {
        Object value = values.get(key);
        if (value instanceof String text && !text.isBlank()) {
            return text.trim();
        }
        throw wrong(
                key,
                key.equals("source") ? "is missing: name the page the prices are from" : "is missing: give a name");
    }

    LocalDate date(String key) {
        Object value = values.get(key);
        if (value instanceof Date date) {
            return LocalDate.ofInstant(date.toInstant(), ZoneOffset.UTC);
        }
        try {
            return LocalDate.parse(String.valueOf(value));
        } catch (DateTimeException e) {
            throw wrong(key, "is " + (value == null ? "missing: prices need" : "not") + " a date like 2026-11-22");
        }
    }

    double dollars(String key) {
        Object value = values.get(key);
        if (value == null) {
            throw wrong(key, "is missing: give a number of dollars, 0 if it costs nothing");
        }
        if (!(value instanceof Number number)) {
            throw wrong(key, "is a number of dollars, not '" + value + "'");
        }
        double dollars = number.doubleValue();
        if (!(dollars >= 0 && dollars < MOST_DOLLARS)) {
            throw wrong(key, "is a price from 0 to 1000 dollars, not " + value);
        }
        return dollars;
    }

    /** Dollars per 10^9 bytes, from {@code <what>PerGb} or {@code <what>PerGiB}. */
    double perGb(String what) {
        return inOneUnit(what, "");
    }

    double perGbMonth(String what) {
        return inOneUnit(what, "Month");
    }

    double perGbOrZero(String what) {
        boolean given = values.containsKey(key(what, "Gb", "")) || values.containsKey(key(what, "GiB", ""));
        return given ? inOneUnit(what, "") : 0;
    }

    private double inOneUnit(String what, String suffix) {
        String gb = key(what, "Gb", suffix);
        String gib = key(what, "GiB", suffix);
        if (values.containsKey(gb) == values.containsKey(gib)) {
            throw wrong(
                    gb,
                    (values.containsKey(gb) ? "and " + gib + " are both given" : "is missing") + ": give either " + gb
                            + " (10^9 bytes) or " + gib + " (2^30 bytes)");
        }
        return values.containsKey(gb) ? dollars(gb) : dollars(gib) / GB_PER_GIB;
    }

    private static String key(String what, String unit, String suffix) {
        return what + (what.isEmpty() ? "per" : "Per") + unit + suffix;
    }

    private String full(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private IllegalArgumentException wrong(String key, String what) {
        return new IllegalArgumentException("price book " + book + ": " + full(key) + " " + what);
    }
}
