package io.narrows.relay.range;

/** {@code length} bytes from {@code position} in an immutable object, with their CRC32C. Immutable, compared by value. */
public interface StoredRange {
    ObjectName object();

    int position();

    int length();

    int crc32c();

    /** First position after the range. */
    default int end() {
        return position() + length();
    }
}
