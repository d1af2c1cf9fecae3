/** The narrows command, one class per product command, and the options that commands share. */
@NullMarked
package io.narrows.cli;

import org.jspecify.annotations.NullMarked;
