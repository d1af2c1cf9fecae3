package io.narrows.relay.price;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;

/**
 * Loads price books: the built-in ones by name, or a properties file with the same keys for negotiated prices. Errors
 * are {@link IllegalArgumentException}s that say what to do.
 */
public final class PriceBooks {
    /** The built-in books. */
    public static final List<String> NAMES = List.of("aws-us-east-1", "azure", "gcp");

    private static final Set<String> KEYS = Set.of(
            "as.of",
            "source",
            "transfer.out.per.gb",
            "transfer.in.per.gb",
            "put.per.1000",
            "get.per.1000",
            "list.per.1000",
            "storage.per.gb.month");

    private PriceBooks() {}

    /** The built-in book of that name; any other value is taken for the path of a file. */
    public static PriceBook load(String nameOrPath) {
        return NAMES.contains(nameOrPath) ? builtIn(nameOrPath) : file(Path.of(nameOrPath));
    }

    public static PriceBook builtIn(String name) {
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException("no built-in price book '" + name + "': use one of " + NAMES);
        }
        Properties properties = new Properties();
        try (InputStream in = PriceBooks.class.getResourceAsStream(name + ".properties")) {
            if (in == null) {
                throw new IllegalStateException("price book " + name + " is missing from the jar");
            }
            properties.load(in);
        } catch (IOException e) {
            throw new IllegalStateException("price book " + name + " cannot be read from the jar", e);
        }
        return parse(name, properties);
    }

    private static PriceBook file(Path path) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "price book '" + path + "' is neither one of " + NAMES + " nor a readable file", e);
        }
        return parse(path.toString(), properties);
    }

    static PriceBook parse(String name, Properties properties) {
        Set<String> unknown = new TreeSet<>(properties.stringPropertyNames());
        unknown.removeAll(KEYS);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "price book " + name + ": unknown keys " + unknown + ", use " + new TreeSet<>(KEYS));
        }
        try {
            return new PriceBook(
                    name,
                    LocalDate.parse(required(name, properties, "as.of")),
                    required(name, properties, "source"),
                    number(name, properties, "transfer.out.per.gb"),
                    number(name, properties, "transfer.in.per.gb"),
                    number(name, properties, "put.per.1000"),
                    number(name, properties, "get.per.1000"),
                    number(name, properties, "list.per.1000"),
                    number(name, properties, "storage.per.gb.month"));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("price book " + name + ": as.of is a date like 2026-11-22", e);
        }
    }

    private static double number(String name, Properties properties, String key) {
        String value = required(name, properties, key);
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "price book " + name + ": " + key + " is a number of dollars, not '" + value + "'", e);
        }
    }

    private static String required(String name, Properties properties, String key) {
        String value = properties.getProperty(key);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("price book " + name + ": " + key + " is missing");
        }
        return value.trim();
    }
}
