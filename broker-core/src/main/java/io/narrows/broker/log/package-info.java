/** Kafka's logs with links in them: log manager, log, reads, searches and summaries of segments. */
@NullMarked
package io.narrows.broker.log;

import org.jspecify.annotations.NullMarked;
