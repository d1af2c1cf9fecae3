package io.narrows.relay.pointer;

import io.narrows.relay.Checks;
import io.narrows.relay.range.ObjectName;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names one immutable WAL object: the {@code sequence}-th object of one start ({@code incarnation}) of one writer. A
 * writer is a zone proxy or a broker; incarnations of a writer grow from start to start.
 */
public record WalObjectId(String writer, long incarnation, long sequence) implements ObjectName {
    /** Longest writer id: keeps a link batch small. */
    public static final int MAX_WRITER_LENGTH = 32;

    private static final Pattern KEY = Pattern.compile("wal/([a-z0-9][a-z0-9._-]{0,31})/([0-9]{20})/([0-9]{20})");

    public WalObjectId {
        Checks.argument(isWriter(writer), "writer id must be 1 to 32 of a-z 0-9 . _ - and start with a-z or 0-9");
        Checks.argument(incarnation >= 0 && sequence >= 0, "incarnation and sequence must be >= 0");
    }

    public static boolean isWriter(String writer) {
        if (writer.isEmpty() || writer.length() > MAX_WRITER_LENGTH || !isAlphanumeric(writer.charAt(0))) {
            return false;
        }
        for (int i = 1; i < writer.length(); i++) {
            char c = writer.charAt(i);
            if (!isAlphanumeric(c) && c != '.' && c != '_' && c != '-') {
                return false;
            }
        }
        return true;
    }

    /** {@code wal/<writer>/<incarnation, 20 digits>/<sequence, 20 digits>}. */
    @Override
    public String key() {
        return prefix(writer, incarnation) + pad(sequence);
    }

    /** The prefix of all objects of one incarnation, with the closing slash. */
    public static String prefix(String writer, long incarnation) {
        return "wal/" + writer + "/" + pad(incarnation) + "/";
    }

    /** The inverse of {@link #key()}; throws {@link IllegalArgumentException} for any other string. */
    public static WalObjectId parse(String key) {
        Matcher matcher = KEY.matcher(key);
        Checks.argument(matcher.matches(), "not the key of a WAL object: " + key);
        try {
            return new WalObjectId(
                    matcher.group(1), Long.parseLong(matcher.group(2)), Long.parseLong(matcher.group(3)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not the key of a WAL object: " + key, e);
        }
    }

    private static boolean isAlphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }

    private static String pad(long value) {
        String digits = Long.toString(value);
        return "0".repeat(20 - digits.length()) + digits;
    }
}
