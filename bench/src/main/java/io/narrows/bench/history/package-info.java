/** Reading history: Narrows against Kafka's tiered storage with a file per segment, and what catching up costs others. */
@NullMarked
package io.narrows.bench.history;

import org.jspecify.annotations.NullMarked;
