/** What a small client of a proxy feels of big ones, against the same client alone in the same run. */
@NullMarked
package io.narrows.bench.fairness;

import org.jspecify.annotations.NullMarked;
