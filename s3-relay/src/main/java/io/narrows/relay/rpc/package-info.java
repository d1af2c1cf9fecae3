/** The relay between zone proxies and partition leaders: messages, codec, Netty endpoints. */
@NullMarked
package io.narrows.relay.rpc;

import org.jspecify.annotations.NullMarked;
