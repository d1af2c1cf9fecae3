/** The process: Kafka's broker and controller with our parts in place of theirs, and what starts and stops when. */
@NullMarked
package io.narrows.broker.server;

import org.jspecify.annotations.NullMarked;
