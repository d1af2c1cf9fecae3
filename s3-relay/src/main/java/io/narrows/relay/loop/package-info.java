/** Owner threads, clocks and timers, injected so that a seed replays a run. */
@NullMarked
package io.narrows.relay.loop;

import org.jspecify.annotations.NullMarked;
