/** WAL objects: format, group commit and the writer that uploads them. */
@NullMarked
package io.narrows.relay.wal;

import org.jspecify.annotations.NullMarked;
