/** Clusters of three zones, inside this process or as processes of their own. */
@NullMarked
package io.narrows.bench.cluster;

import org.jspecify.annotations.NullMarked;
