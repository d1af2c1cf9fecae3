/** Reading ranges of WAL objects: coalescing, single flight and the off-heap cache. */
@NullMarked
package io.narrows.relay.range;

import org.jspecify.annotations.NullMarked;
