package io.narrows.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number of bytes as people write it: {@code 100}, {@code 64KiB}, {@code 1MiB}; KB and MB are powers of ten. */
public record ByteSize(int bytes) {
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,10})\\s*(b|kb|mb|kib|mib|k|m)?");

    static ByteSize parse(String text) {
        Matcher matcher = TEXT.matcher(text.trim().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a size: write 100, 64KiB or 1MiB");
        }
        String unit = matcher.group(2) == null ? "b" : matcher.group(2);
        long factor = switch (unit) {
            case "kb" -> 1_000;
            case "mb" -> 1_000_000;
            case "kib", "k" -> 1 << 10;
            case "mib", "m" -> 1 << 20;
            default -> 1;
        };
        long bytes = Long.parseLong(matcher.group(1)) * factor;
        if (bytes < 1 || bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("'" + text + "' is out of range: a size must be 1 byte to 2 GiB");
        }
        return new ByteSize((int) bytes);
    }
}
