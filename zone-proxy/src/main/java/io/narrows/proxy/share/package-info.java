/** Share consumers' fetches and acknowledgements: one share session of a client, one per broker behind it. */
@NullMarked
package io.narrows.proxy.share;

import org.jspecify.annotations.NullMarked;
