/** Kafka's remote log manager over links and segment objects, and the sweeps of what stock code leaves in the store. */
@NullMarked
package io.narrows.broker.remote;

import org.jspecify.annotations.NullMarked;
