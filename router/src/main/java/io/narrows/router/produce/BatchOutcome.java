package io.narrows.router.produce;

import io.narrows.relay.rpc.EntryResult.RecordError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the client is told about one batch, in the terms of Kafka's Produce response. */
public record BatchOutcome(
        short errorCode,
        long baseOffset,
        long logAppendTimeMs,
        long logStartOffset,
        int throttleTimeMs,
        int leaderEpoch,
        @Nullable String errorMessage,
        List<RecordError> recordErrors) {
    public BatchOutcome {
        recordErrors = List.copyOf(recordErrors);
    }
}
