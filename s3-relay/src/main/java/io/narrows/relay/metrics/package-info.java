/** How metrics are described, labelled, bounded and shown to Prometheus, by proxies and brokers alike. */
@NullMarked
package io.narrows.relay.metrics;

import org.jspecify.annotations.NullMarked;
