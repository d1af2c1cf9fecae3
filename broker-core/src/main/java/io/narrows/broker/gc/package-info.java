/** A broker's part in garbage collection: what its logs refer to, and its answers to the collector's rounds. */
@NullMarked
package io.narrows.broker.gc;

import org.jspecify.annotations.NullMarked;
