package io.narrows.relay.rpc;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of one entry, in the terms of Kafka's Produce response. {@code currentLeaderId} and
 * {@code currentLeaderEpoch} are the KIP-951 hint, -1 when there is none.
 */
public record EntryResult(
        int entryIndex,
        RelayError relayError,
        short errorCode,
        long baseOffset,
        long logAppendTimeMs,
        long logStartOffset,
        int throttleTimeMs,
        int currentLeaderId,
        int currentLeaderEpoch,
        @Nullable String errorMessage,
        List<RecordError> recordErrors) {
    public EntryResult {
        recordErrors = List.copyOf(recordErrors);
    }

    /** A record inside the batch that was refused, by its index in the batch. */
    public record RecordError(int batchIndex, @Nullable String message) {}
}
