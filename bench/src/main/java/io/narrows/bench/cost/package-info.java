/** Bytes between zones, what stock Kafka would have sent, and what both cost. */
@NullMarked
package io.narrows.bench.cost;

import org.jspecify.annotations.NullMarked;
