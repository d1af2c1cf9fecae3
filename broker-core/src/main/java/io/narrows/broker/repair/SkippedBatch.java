package io.narrows.broker.repair;

import io.narrows.relay.Checks;
import io.narrows.relay.pointer.Pointer;

/**
 * One batch of a partition whose bytes the object store does not give: where it is, what was in it, and why it is lost.
 * {@code pointer} alone says which link is meant; a batch that took these offsets after a truncation has another one.
 */
public record SkippedBatch(Place place, Content content, Reason reason, Pointer pointer) {
    /** In which partition, and at which offsets. */
    public record Place(String topic, String topicId, int partition, long baseOffset, long lastOffset) {
        public Place {
            Checks.argument(
                    partition >= 0 && baseOffset >= 0 && lastOffset >= baseOffset,
                    "the partition and offsets of a skipped batch must be >= 0 and in order");
        }
    }

    /** What the link says of the batch. Timestamps in ms; the producer is -1 without one. */
    public record Content(int records, long firstTimestamp, long maxTimestamp, long producerId, short producerEpoch) {}

    /** What was found in place of the bytes. */
    public enum Reason {
        /** There is no such object. */
        MISSING,
        /** The object has other bytes there, or ends before. */
        DAMAGED
    }
}
