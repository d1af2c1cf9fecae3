/** The zone proxy: starts, owns and stops all parts of the process. */
@NullMarked
package io.narrows.proxy;

import org.jspecify.annotations.NullMarked;
