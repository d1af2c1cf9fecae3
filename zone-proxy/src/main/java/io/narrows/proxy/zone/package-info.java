/** Where clients are. */
@NullMarked
package io.narrows.proxy.zone;

import org.jspecify.annotations.NullMarked;
