/** What a proxy costs the clients behind it, against the same clients at the broker in the same run. */
@NullMarked
package io.narrows.bench.passthrough;

import org.jspecify.annotations.NullMarked;
