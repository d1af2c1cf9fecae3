package io.narrows.router.policy;

import java.util.Locale;

/** How the path of a window is chosen ({@code path.mode}). */
public enum PathMode {
    /** By price, rate and the health of the object store. */
    AUTO,
    /** Through the object store whenever that saves anything, whatever it costs. */
    STAGED,
    /** Never through the object store. */
    DIRECT;

    /** Parses the value of the configuration key. */
    public static PathMode parse(String value) {
        for (PathMode mode : values()) {
            if (mode.name().equals(value.toUpperCase(Locale.ROOT))) {
                return mode;
            }
        }
        throw new IllegalArgumentException("path.mode is auto, staged or direct, not '" + value + "'");
    }
}
