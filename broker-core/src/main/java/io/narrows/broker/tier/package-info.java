/** History: closed segments as objects in the store, written and read as Kafka's remote storage. */
@NullMarked
package io.narrows.broker.tier;

import org.jspecify.annotations.NullMarked;
