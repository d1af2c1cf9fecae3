/** Pointers to batches inside WAL objects, and their codec. */
@NullMarked
package io.narrows.relay.pointer;

import org.jspecify.annotations.NullMarked;
