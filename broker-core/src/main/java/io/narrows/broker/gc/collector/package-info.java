/** Garbage collection of WAL objects: who refers to what, the questions and answers in the bucket, the collector. */
@NullMarked
package io.narrows.broker.gc.collector;

import org.jspecify.annotations.NullMarked;
