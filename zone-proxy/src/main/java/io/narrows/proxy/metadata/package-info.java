/** The virtual cluster that a client sees: the nodes of the proxy, which lead everything. */
@NullMarked
package io.narrows.proxy.metadata;

import org.jspecify.annotations.NullMarked;
