package io.narrows.cli.load;

/** What becomes of records that are due while their producer is held up. */
public enum Schedule {
    /** The producer makes up for a tenth of a second at most; a record's latency counts from when it was sent. */
    RELAXED,
    /** All are sent as soon as possible, and the latency of each counts from when it was due. */
    STRICT
}
