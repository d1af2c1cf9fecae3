/** The way of a batch into the log: staging before the append, and requests of the relay through Kafka's own handlers. */
@NullMarked
package io.narrows.broker.append;

import org.jspecify.annotations.NullMarked;
