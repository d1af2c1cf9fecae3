/** What a broker counts of its logs. */
@NullMarked
package io.narrows.broker.metrics;

import org.jspecify.annotations.NullMarked;
