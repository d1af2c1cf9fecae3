/** Logging that an outage or a stranger cannot flood. */
@NullMarked
package io.narrows.relay.log;

import org.jspecify.annotations.NullMarked;
