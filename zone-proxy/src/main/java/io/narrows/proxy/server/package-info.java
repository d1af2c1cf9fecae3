/** Listeners, frames, sessions, back-pressure: everything between a socket and a request. */
@NullMarked
package io.narrows.proxy.server;

import org.jspecify.annotations.NullMarked;
