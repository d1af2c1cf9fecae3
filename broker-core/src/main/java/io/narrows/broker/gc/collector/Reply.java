package io.narrows.broker.gc.collector;

/** An answer as it is in the bucket, and the time of the store's clock at which it was written, or a later one. */
public record Reply(Answer answer, long writtenMs) {
    Reply withoutAccount() {
        return new Reply(answer.withoutAccount(), writtenMs);
    }
}
