/** Clusters of three zones as processes of their own: of Narrows and of stock brokers. */
@NullMarked
package io.narrows.bench.cluster;

import org.jspecify.annotations.NullMarked;
