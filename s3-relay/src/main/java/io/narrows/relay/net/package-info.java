/** Pieces of Netty pipelines that the relay and the connections to brokers share. */
@NullMarked
package io.narrows.relay.net;

import org.jspecify.annotations.NullMarked;
