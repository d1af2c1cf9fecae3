package io.narrows.broker.link;

import io.narrows.relay.Checks;
import io.narrows.relay.pointer.Pointer;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/**
 * Hands the place of staged bytes from the component that staged them to the log that appends them. Keyed by the identity of the
 * records object, which Kafka's produce path passes on unchanged, so nothing else in a request can be taken for it. Any
 * thread may call it; the log takes an entry exactly once.
 *
 * <pre>{@code
 * Staged staged = stagedPointers.put(records, pointer);   // before the produce path gets the records
 * ... when the append is answered, whether it was reached or not:
 * stagedPointers.finish(staged);                          // outcome: LINKED, INLINE or NOT_APPENDED
 * }</pre>
 */
public final class StagedPointers {
    private final ConcurrentHashMap<Identity, Staged> entries = new ConcurrentHashMap<>();

    /** What became of a staged batch. */
    public enum Outcome {
        /** Not known yet. */
        WAITING,
        /** The log took it and has not appended it; what a refused or duplicate batch ends as. */
        TAKEN,
        /** A link to the staged bytes was appended. */
        LINKED,
        /** The batch was appended as it is: its bytes had changed, or its log takes no links. */
        INLINE
    }

    /** Registers the place of the records' only batch. The bytes must be durable there. */
    public Staged put(MemoryRecords records, Pointer pointer) {
        ByteBuffer batch = records.buffer();
        Checks.argument(BatchHeader.isPlausible(batch, batch.position()), "staged records do not contain a v2 batch");
        Staged staged = new Staged(new Identity(records), pointer, BatchHeader.crc(batch, batch.position()));
        Staged previous = entries.put(staged.identity, staged);
        Checks.invariant(previous == null, "the same records were staged twice");
        return staged;
    }

    /** For the log: removes and returns the entry of these records, null if there is none. */
    public @Nullable Staged take(MemoryRecords records) {
        if (entries.isEmpty()) {
            return null;
        }
        Staged staged = entries.remove(new Identity(records));
        if (staged != null) {
            staged.outcome = Outcome.TAKEN;
        }
        return staged;
    }

    /** Forgets the entry if no log has taken it, and says what became of it; call it once the append is answered. */
    public Outcome finish(Staged staged) {
        Staged unused = entries.remove(staged.identity);
        return staged.outcome();
    }

    /** How many staged batches no log has taken yet. */
    public int waiting() {
        return entries.size();
    }

    /** The place of one staged batch, and what became of it. */
    public static final class Staged {
        private final Identity identity;
        private final Pointer pointer;
        private final int batchCrc;
        private volatile Outcome outcome = Outcome.WAITING;

        private Staged(Identity identity, Pointer pointer, int batchCrc) {
            this.identity = identity;
            this.pointer = pointer;
            this.batchCrc = batchCrc;
        }

        public Pointer pointer() {
            return pointer;
        }

        /** The batch's own CRC when it was staged; it covers all that an append must not have changed. */
        public int batchCrc() {
            return batchCrc;
        }

        public Outcome outcome() {
            return outcome;
        }

        /** For the log, inside its append. */
        public void appendedAs(Outcome appended) {
            outcome = appended;
        }
    }

    /** Equal only for the same records object; {@link MemoryRecords} itself compares contents. */
    private static final class Identity {
        private final MemoryRecords records;

        Identity(MemoryRecords records) {
            this.records = records;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(records);
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // identity is the point
        public boolean equals(Object other) {
            return other instanceof Identity that && that.records == records;
        }
    }
}
