/** Bounds on memory that many threads share, and how to push back at them without blocking. */
@NullMarked
package io.narrows.relay.memory;

import org.jspecify.annotations.NullMarked;
