/** The cost model: bytes between zones, requests, what stock Kafka would have used, and what each of them costs. */
@NullMarked
package io.narrows.cli.cost;

import org.jspecify.annotations.NullMarked;
