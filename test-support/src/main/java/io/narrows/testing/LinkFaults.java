package io.narrows.testing;

/** Faults in force on a link; a bandwidth of 0 is no limit. */
record LinkFaults(long latencyNanos, long bytesPerSecond, boolean frozen, boolean reset) {
    static final LinkFaults NONE = new LinkFaults(0, 0, false, false);

    LinkFaults withLatency(long nanos) {
        return new LinkFaults(nanos, bytesPerSecond, frozen, reset);
    }

    LinkFaults withBandwidth(long newBytesPerSecond) {
        return new LinkFaults(latencyNanos, newBytesPerSecond, frozen, reset);
    }

    LinkFaults withFrozen() {
        return new LinkFaults(latencyNanos, bytesPerSecond, true, reset);
    }

    LinkFaults withReset() {
        return new LinkFaults(latencyNanos, bytesPerSecond, frozen, true);
    }
}
