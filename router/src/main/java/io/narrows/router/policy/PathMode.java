package io.narrows.router.policy;

import java.util.Locale;

/** How the path of a window is chosen ({@code path.mode}). */
public enum PathMode {
    /** By price, rate and the health of the object store. */
    AUTO,
    /**
     * Through the object store whenever that saves anything, at any latency. Windows wait for a slow store
     * five times as long before they go as bytes.
     */
    STAGED,
    /** Never through the object store. */
    DIRECT;

    private static final int FORCED_PATIENCE = 5;

    /** By what the bounds on waiting for the object store are multiplied. */
    public int patience() {
        return this == STAGED ? FORCED_PATIENCE : 1;
    }

    /** Parses the value of the configuration key. */
    public static PathMode parse(String value) {
        for (PathMode mode : values()) {
            if (mode.name().equals(value.toUpperCase(Locale.ROOT))) {
                return mode;
            }
        }
        throw new IllegalArgumentException("path.mode must be auto, staged or direct, got '" + value + "'");
    }
}
