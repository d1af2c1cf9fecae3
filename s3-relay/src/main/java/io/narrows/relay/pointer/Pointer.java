package io.narrows.relay.pointer;

import io.narrows.relay.Checks;
import io.narrows.relay.range.StoredRange;

/**
 * Where the bytes of one batch are: {@code length} bytes from {@code position} in a WAL object, with their CRC32C. The
 * bytes are the batch as the producer sent it (base offset 0, leader epoch -1).
 */
public record Pointer(WalObjectId object, int position, int length, int crc32c) implements StoredRange {
    public Pointer {
        Checks.argument(position >= 0 && length > 0, "position must be >= 0 and length > 0");
        Checks.argument((long) position + length <= Integer.MAX_VALUE, "a range must end below 2 GiB");
    }

    @Override
    public int end() {
        return position + length;
    }
}
