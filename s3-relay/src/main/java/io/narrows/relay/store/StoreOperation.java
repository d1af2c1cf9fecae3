package io.narrows.relay.store;

import java.util.Locale;

/** What is asked of an object store. */
public enum StoreOperation {
    PUT("s3:PutObject"),
    GET("s3:GetObject"),
    HEAD("s3:GetObject"),
    LIST("s3:ListBucket"),
    DELETE("s3:DeleteObject");

    private final String label = name().toLowerCase(Locale.ROOT);
    private final String permission;

    StoreOperation(String permission) {
        this.permission = permission;
    }

    /** The name in metrics. */
    public String label() {
        return label;
    }

    /** The action that a policy has to allow for it. */
    public String permission() {
        return permission;
    }
}
