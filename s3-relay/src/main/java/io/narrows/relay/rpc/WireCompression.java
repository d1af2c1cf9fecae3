package io.narrows.relay.rpc;

/** What the sender does with INLINE batches that their producer did not compress. */
public enum WireCompression {
    /** Nothing: right inside a zone, where bytes are free. */
    NONE,
    /** One zstd frame per batch, when that saves at least an eighth of it. */
    ZSTD
}
