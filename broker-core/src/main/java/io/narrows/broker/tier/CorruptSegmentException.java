package io.narrows.broker.tier;

/** Bytes of a segment object, or what describes them, that no version of the format allows. */
public final class CorruptSegmentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CorruptSegmentException(String message) {
        super(message);
    }
}
