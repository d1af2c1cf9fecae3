package io.narrows.router.lane;

/**
 * Which of an idempotent producer's batches one is: the fields of its header by which a leader knows duplicates and gaps.
 *
 * @param producerId negative without idempotence
 * @param lastSequence that of its last record
 */
public record ProducerSequence(long producerId, short producerEpoch, int baseSequence, int lastSequence) {
    /** Of a batch of a producer that is not idempotent. */
    public static final ProducerSequence NONE = new ProducerSequence(-1, (short) -1, -1, -1);

    /** A batch of one record. */
    public ProducerSequence(long producerId, short producerEpoch, int baseSequence) {
        this(producerId, producerEpoch, baseSequence, baseSequence);
    }

    /** A batch with so many records more than one. */
    public static ProducerSequence of(long producerId, short producerEpoch, int baseSequence, int lastOffsetDelta) {
        int lastSequence = baseSequence < 0 ? baseSequence : (baseSequence + lastOffsetDelta) & Integer.MAX_VALUE;
        return new ProducerSequence(producerId, producerEpoch, baseSequence, lastSequence);
    }

    /** A leader neither recognises a batch without a sequence nor expects it: it refuses one that has a producer id. */
    public boolean isIdempotent() {
        return producerId >= 0 && baseSequence >= 0;
    }

    /**
     * Whether it is of the same producer and epoch as the other one, and comes after it. Sequences go on at 0 after
     * 2147483647.
     */
    public boolean isAfter(ProducerSequence other) {
        int distance = (baseSequence - other.baseSequence) & Integer.MAX_VALUE;
        return isIdempotent() && isOfSameEpoch(other) && distance != 0 && distance <= Integer.MAX_VALUE / 2;
    }

    boolean isOfSameEpoch(ProducerSequence other) {
        return producerId == other.producerId && producerEpoch == other.producerEpoch;
    }

    /** Whether nothing is missing between the other one, of the same producer and epoch, and this one. */
    boolean isNextTo(ProducerSequence other) {
        return baseSequence == ((other.lastSequence + 1) & Integer.MAX_VALUE);
    }
}
