/** Availability zones as network namespaces, whose links the kernel counts. */
@NullMarked
package io.narrows.bench.zones;

import org.jspecify.annotations.NullMarked;
