package io.narrows.relay.rpc;

/**
 * Versions and limits of the relay protocol; every limit is checked before anything is allocated. The layout of the
 * frames is in {@code docs/formats/relay-rpc.md}.
 */
public final class RelayProtocol {
    /** Oldest and newest version of the frame bodies that this build speaks. */
    public static final int MIN_VERSION = 3;

    public static final int MAX_VERSION = 3;

    /** Default for the largest frame a leader accepts; the leader names its own limit in its answer to the Hello. */
    public static final int DEFAULT_MAX_FRAME_BYTES = 16 << 20;

    /** Every leader accepts frames of this size: a frame with one entry has room for any context. */
    public static final int MIN_MAX_FRAME_BYTES = 1 << 20;

    /** Bytes of a batch in one Part frame, before compression. */
    public static final int PART_BYTES = 1 << 20;

    /** Most entries in one Append frame. */
    public static final int MAX_ENTRIES = 65_536;

    /** Largest header part of a frame: pointers, contexts, results. */
    static final int MAX_HEADER_BYTES = 8 << 20;

    /** Largest frame before the Hello is accepted. */
    static final int MAX_HELLO_FRAME_BYTES = 16 << 10;

    /** Longest string, in bytes of UTF-8: Kafka's own limit for client and transactional ids. */
    static final int MAX_STRING_BYTES = 32_767;

    /** Longest text of an error in a result; longer ones are cut. */
    static final int MAX_ERROR_CHARS = 1024;

    /** Longest text of a record error; longer ones are cut. */
    static final int MAX_RECORD_ERROR_CHARS = 128;

    /** Most record errors in one result; further ones are left out. */
    static final int MAX_RECORD_ERRORS = 4096;

    private RelayProtocol() {}

    /** The newest version both sides speak, or -1. */
    public static int negotiate(Hello hello) {
        int version = Math.min(MAX_VERSION, hello.maxVersion());
        return version < Math.max(MIN_VERSION, hello.minVersion()) ? -1 : version;
    }
}
