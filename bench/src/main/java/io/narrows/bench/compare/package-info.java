/** The same load against stock Kafka and Narrows in turn, in zones that the kernel counts. */
@NullMarked
package io.narrows.bench.compare;

import org.jspecify.annotations.NullMarked;
