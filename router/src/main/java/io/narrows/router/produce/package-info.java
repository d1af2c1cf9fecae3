/** The produce path: from a client's batches to the leaders' results. */
@NullMarked
package io.narrows.router.produce;

import org.jspecify.annotations.NullMarked;
