/** Reads WAL objects and log segments and says what is in them. */
@NullMarked
package io.narrows.cli.inspect;

import org.jspecify.annotations.NullMarked;
