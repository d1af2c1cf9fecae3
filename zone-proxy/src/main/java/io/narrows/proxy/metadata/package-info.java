/** The virtual cluster that a client sees: one broker, which leads everything. */
@NullMarked
package io.narrows.proxy.metadata;

import org.jspecify.annotations.NullMarked;
