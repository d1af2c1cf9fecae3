/** Producers and consumers that write and read verifiable records at a given pace. */
@NullMarked
package io.narrows.cli.load;

import org.jspecify.annotations.NullMarked;
