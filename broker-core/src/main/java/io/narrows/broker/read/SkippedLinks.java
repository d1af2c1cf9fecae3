package io.narrows.broker.read;

import io.narrows.relay.pointer.Pointer;

/**
 * Which links an operator has given up because their data is lost: readers and copies get an empty batch in their place. Asked for
 * each link of a plan, so it answers at once. Thread-safe.
 */
@FunctionalInterface
public interface SkippedLinks {
    /** No link is given up. */
    SkippedLinks NONE = pointer -> false;

    boolean contain(Pointer pointer);
}
