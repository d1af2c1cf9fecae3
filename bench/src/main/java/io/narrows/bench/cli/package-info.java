/** The narrows command and its subcommands. */
@NullMarked
package io.narrows.bench.cli;

import org.jspecify.annotations.NullMarked;
