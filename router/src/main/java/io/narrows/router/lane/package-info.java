/** Lanes: per producer and partition, in order, whichever path each batch takes. */
@NullMarked
package io.narrows.router.lane;

import org.jspecify.annotations.NullMarked;
