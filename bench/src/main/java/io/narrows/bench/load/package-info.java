/** Producers and consumers that write and read verifiable records at a given pace. */
@NullMarked
package io.narrows.bench.load;

import org.jspecify.annotations.NullMarked;
