package io.narrows.broker.log;

import org.apache.kafka.common.TopicPartition;

/** Where ListOffsets requests wait for a search in a log. Called by any thread. */
public interface OffsetReadCompletion {
    /** Answers the ListOffsets requests that wait for a search in this partition, if theirs has ended. */
    void completeOffsetReads(TopicPartition partition);
}
