/** Kernel benchmarks: codecs, the link builder, the lane. Run with {@code narrows bench jmh}. */
@NullMarked
package io.narrows.bench.jmh;

import org.jspecify.annotations.NullMarked;
