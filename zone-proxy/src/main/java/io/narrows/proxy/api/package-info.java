/** One small class per Kafka API that the proxy answers. */
@NullMarked
package io.narrows.proxy.api;

import org.jspecify.annotations.NullMarked;
