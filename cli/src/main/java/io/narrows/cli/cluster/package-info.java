/** Clusters of three zones inside this process, and the topics and settings of their servers. */
@NullMarked
package io.narrows.cli.cluster;

import org.jspecify.annotations.NullMarked;
