/** Continuing without lost data: links that an operator has chosen to skip, and unreadable batches of a log. */
@NullMarked
package io.narrows.broker.repair;

import org.jspecify.annotations.NullMarked;
