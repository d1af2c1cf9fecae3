/** A simulation of the path policy: what each choice of path costs over rates, batch sizes, zones and a day. */
@NullMarked
package io.narrows.bench.policy;

import org.jspecify.annotations.NullMarked;
