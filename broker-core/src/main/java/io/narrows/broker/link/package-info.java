/** Link batches: their codec, and the hand-over of staged pointers to the log. */
@NullMarked
package io.narrows.broker.link;

import org.jspecify.annotations.NullMarked;
