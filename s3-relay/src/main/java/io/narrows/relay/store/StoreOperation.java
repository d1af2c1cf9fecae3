package io.narrows.relay.store;

import java.util.Locale;

/** What is asked of an object store. */
public enum StoreOperation {
    PUT,
    GET,
    HEAD,
    LIST,
    DELETE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The name in metrics. */
    public String label() {
        return label;
    }
}
