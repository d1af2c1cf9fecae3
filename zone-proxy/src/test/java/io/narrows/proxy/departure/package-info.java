/** Clients that leave while their requests are at every stage of their way. */
@NullMarked
package io.narrows.proxy.departure;

import org.jspecify.annotations.NullMarked;
