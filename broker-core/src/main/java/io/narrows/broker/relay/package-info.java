/** The relay endpoint of a partition leader: ordered appends of what zone proxies send, as pointers or as bytes. */
@NullMarked
package io.narrows.broker.relay;

import org.jspecify.annotations.NullMarked;
