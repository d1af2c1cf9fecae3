/** In-memory stand-ins for what is behind the proxy. */
@NullMarked
package io.narrows.proxy.fake;

import org.jspecify.annotations.NullMarked;
