package io.narrows.relay.price;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Loads price books: the built-in ones by name, or a YAML file with the same keys for negotiated prices. A colon and the
 * name of a storage class picks another class than the first one of the book, as in {@code aws-us-east-1:express}.
 * Errors are {@link IllegalArgumentException}s that say what to do. Stateless.
 */
public final class PriceBooks {
    /** The built-in books; the first is the default of everything that asks for one. */
    public static final List<String> NAMES =
            List.of("aws-us-east-1", "aws-us-east-1:express", "aws-eu-central-1", "gcp", "azure");

    private static final Pattern WITH_CLASS = Pattern.compile("(.+):([a-z][a-z0-9-]{1,31})");
    private static final int MAX_FILE_BYTES = 64 << 10;

    private PriceBooks() {}

    /** The built-in book of that name; any other value is taken for the path of a file. */
    public static PriceBook load(String nameOrPath) {
        Matcher matcher = WITH_CLASS.matcher(nameOrPath);
        String file = matcher.matches() ? matcher.group(1) : nameOrPath;
        String storageClass = matcher.matches() ? matcher.group(2) : PriceBookYaml.FIRST_CLASS;
        String text = NAMES.contains(file) ? resource(file) : read(file);
        return PriceBookYaml.parse(nameOrPath, text).book(storageClass);
    }

    public static PriceBook builtIn(String name) {
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException("no built-in price book '" + name + "': use one of " + NAMES);
        }
        return load(name);
    }

    private static String resource(String name) {
        try (InputStream in = PriceBooks.class.getResourceAsStream(name + ".yaml")) {
            if (in == null) {
                throw new IllegalStateException("price book " + name + " is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("price book " + name + " cannot be read from the jar", e);
        }
    }

    private static String read(String path) {
        try {
            Path file = Path.of(path);
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new IllegalArgumentException("price book '" + path + "' is larger than " + MAX_FILE_BYTES
                        + " bytes, the maximum for a price book; check the path");
            }
            return Files.readString(file);
        } catch (IOException | InvalidPathException e) {
            throw new IllegalArgumentException(
                    "price book '" + path + "' is neither one of " + NAMES + " nor a readable file", e);
        }
    }
}
