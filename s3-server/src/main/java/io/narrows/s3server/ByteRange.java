package io.narrows.s3server;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A resolved range of an object: {@code length} bytes from {@code position}. */
record ByteRange(long position, int length) {
    private static final Pattern HEADER = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

    /**
     * Resolves a Range header against the object's size as S3 does: what reaches beyond the end is cut, what starts there
     * is refused with {@link S3Failure}. Anything but one range of bytes counts as no header: the whole object.
     */
    static ByteRange resolve(@Nullable String header, long size) {
        Matcher matcher = header == null ? null : HEADER.matcher(header);
        if (matcher == null
                || !matcher.matches()
                || (matcher.group(1).isEmpty() && matcher.group(2).isEmpty())) {
            return of(0, size);
        }
        if (matcher.group(1).isEmpty()) {
            long suffix = Math.min(size, Long.parseLong(matcher.group(2)));
            if (suffix == 0) {
                throw unsatisfiable(size);
            }
            return of(size - suffix, suffix);
        }
        long first = Long.parseLong(matcher.group(1));
        long last = matcher.group(2).isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(matcher.group(2)));
        if (first >= size || last < first) {
            throw unsatisfiable(size);
        }
        return of(first, last - first + 1);
    }

    /** Bytes between the ends that a header names; 0 when it does not name both. */
    static long namedLength(String header) {
        Matcher matcher = HEADER.matcher(header);
        if (!matcher.matches() || matcher.group(1).isEmpty() || matcher.group(2).isEmpty()) {
            return 0;
        }
        return Math.max(0, Long.parseLong(matcher.group(2)) - Long.parseLong(matcher.group(1)) + 1);
    }

    private static ByteRange of(long position, long length) {
        if (length > Integer.MAX_VALUE) {
            throw new S3Failure(S3Error.NOT_IMPLEMENTED, "a range may have at most 2 GiB: request a smaller one");
        }
        return new ByteRange(position, (int) length);
    }

    private static S3Failure unsatisfiable(long size) {
        return new S3Failure(S3Error.INVALID_RANGE, "the range is not inside the object of " + size + " bytes");
    }
}
