/** Staging by the leader: group commit of batches that reached it as bytes, by what it saves and while S3 is well. */
@NullMarked
package io.narrows.broker.stage;

import org.jspecify.annotations.NullMarked;
