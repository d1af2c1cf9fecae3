package io.narrows.broker.log;

import java.util.concurrent.CompletionException;

/** What failed, without the wrapping that futures add. Stateless. */
public final class Failures {
    private Failures() {}

    public static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
