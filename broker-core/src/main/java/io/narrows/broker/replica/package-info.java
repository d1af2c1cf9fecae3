/** Kafka's replica manager for relayed and direct batches, and how fetches of followers are batched. */
@NullMarked
package io.narrows.broker.replica;

import org.jspecify.annotations.NullMarked;
