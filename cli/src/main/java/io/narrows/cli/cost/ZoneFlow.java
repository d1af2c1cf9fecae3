package io.narrows.cli.cost;

import io.narrows.relay.Checks;

/**
 * Bytes that went one way between two zones, or inside one.
 *
 * @param from zone of the sender, or {@link #ANY} where zones are not told apart
 * @param to zone of the receiver; {@link #ANY} together with {@code from}
 */
public record ZoneFlow(Kind kind, String from, String to, long bytes) {
    /** Stands for zones that are not told apart: such a flow is between different zones. */
    public static final String ANY = "*";

    /** What carried the bytes. */
    public enum Kind {
        PRODUCE,
        RELAY,
        REPLICATION,
        CONSUME,
        METADATA,
        /** Everything together, as the kernel counts it. */
        ALL
    }

    public ZoneFlow {
        Checks.argument(bytes >= 0, "bytes must not be negative");
        Checks.argument(from.equals(ANY) == to.equals(ANY), "only one of the two zones is known");
    }

    public static ZoneFlow between(Kind kind, long bytes) {
        return new ZoneFlow(kind, ANY, ANY, bytes);
    }

    /** Whether the cloud bills these bytes as transfer between zones. */
    public boolean crosses() {
        return from.equals(ANY) || !from.equals(to);
    }
}
