/** Apache Kafka's broker on the hybrid log. */
@NullMarked
package io.narrows.broker;

import org.jspecify.annotations.NullMarked;
