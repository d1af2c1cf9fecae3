/** Kafka-protocol connections from the proxy to brokers. */
@NullMarked
package io.narrows.router.upstream;

import org.jspecify.annotations.NullMarked;
