package io.narrows.relay.rpc;

/**
 * Why the relay itself refused a Hello or an entry, beside the Kafka error code that goes with it. Entries refused here
 * were never appended.
 */
public enum RelayError {
    NONE(0),
    /** No version in common. */
    UNSUPPORTED_VERSION(1),
    /** The Hello names another cluster. */
    WRONG_CLUSTER(2),
    /** A newer incarnation of the writer is connected: another process has the same writer id, or took over. */
    FENCED_WRITER(3),
    /** The entry's lane epoch is older than the newest one seen, or its connection was replaced. */
    STALE_LANE(4),
    /** An earlier entry of the lane was refused in this lane epoch. */
    LANE_STOPPED(5),
    /** The object the pointer names is missing, corrupt or could not be read in time. */
    OBJECT_UNREADABLE(6),
    /** The leader is shutting down or at its bound of memory. */
    BUSY(7),
    /** A malformed message. */
    INVALID_MESSAGE(8),
    /** The peer is not one of the principals that may relay batches of others. */
    NOT_AUTHORIZED(9),
    /**
     * The leader remembers a greater incarnation of the writer, whose connection has gone. A process that this leader has
     * never accepted comes back with a greater one; any other has been replaced.
     */
    WRITER_BEHIND(10);

    private static final RelayError[] BY_CODE = values();

    private final byte code;

    RelayError(int code) {
        this.code = (byte) code;
    }

    public byte code() {
        return code;
    }

    /** Throws {@link IllegalArgumentException} for a code this version does not know. */
    public static RelayError of(int code) {
        if (code < 0 || code >= BY_CODE.length) {
            throw new IllegalArgumentException("unknown relay error code " + code);
        }
        return BY_CODE[code];
    }
}
