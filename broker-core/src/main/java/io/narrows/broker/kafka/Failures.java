package io.narrows.broker.kafka;

import java.util.concurrent.CompletionException;

/** What failed, without the wrapping that futures add. Stateless. */
final class Failures {
    private Failures() {}

    static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
