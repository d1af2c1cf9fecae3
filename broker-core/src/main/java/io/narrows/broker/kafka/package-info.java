/** Every class that touches Kafka's internals: the broker, its log manager and its logs. */
@NullMarked
package io.narrows.broker.kafka;

import org.jspecify.annotations.NullMarked;
