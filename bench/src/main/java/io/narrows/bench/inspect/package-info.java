/** Reads WAL objects and log segments and says what is in them. */
@NullMarked
package io.narrows.bench.inspect;

import org.jspecify.annotations.NullMarked;
