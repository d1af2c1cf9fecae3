/** The commands of {@code narrows bench}. */
@NullMarked
package io.narrows.bench.cli;

import org.jspecify.annotations.NullMarked;
