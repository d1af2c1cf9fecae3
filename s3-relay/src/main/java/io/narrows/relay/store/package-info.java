/** The object store port, its S3 and in-memory implementations, and hedging. */
@NullMarked
package io.narrows.relay.store;

import org.jspecify.annotations.NullMarked;
