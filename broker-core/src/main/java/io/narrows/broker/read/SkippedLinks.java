package io.narrows.broker.read;

import io.narrows.relay.pointer.Pointer;

/**
 * Links that an operator has chosen to skip because their data is lost: readers and copies get an empty batch in their place. Asked for
 * each link of a plan, so it must not block. Thread-safe.
 */
@FunctionalInterface
public interface SkippedLinks {
    /** No link is skipped. */
    SkippedLinks NONE = pointer -> false;

    boolean contain(Pointer pointer);
}
