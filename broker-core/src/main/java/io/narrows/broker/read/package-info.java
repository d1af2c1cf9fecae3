/** Reads of the hybrid log: planning by batch headers, resolving links, real sizes. */
@NullMarked
package io.narrows.broker.read;

import org.jspecify.annotations.NullMarked;
