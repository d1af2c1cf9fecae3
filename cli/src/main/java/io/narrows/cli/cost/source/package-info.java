/** Where a cost report's figures come from: metrics endpoints, result files, and stock clusters that are only observed. */
@NullMarked
package io.narrows.cli.cost.source;

import org.jspecify.annotations.NullMarked;
