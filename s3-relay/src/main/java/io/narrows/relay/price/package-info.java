/** What transfers and requests cost, and from how many bytes on a request pays for itself. */
@NullMarked
package io.narrows.relay.price;

import org.jspecify.annotations.NullMarked;
