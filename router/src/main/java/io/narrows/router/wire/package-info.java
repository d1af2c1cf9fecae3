/** Reading Kafka messages from the buffers they came in. */
@NullMarked
package io.narrows.router.wire;

import org.jspecify.annotations.NullMarked;
