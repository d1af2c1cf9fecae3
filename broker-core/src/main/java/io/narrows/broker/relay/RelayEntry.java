package io.narrows.broker.relay;

import io.narrows.broker.relay.LeaderLanes.Ticket;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.rpc.AppendEntry.Sequence;
import io.narrows.relay.rpc.AppendGroup;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.ProduceContext;
import io.narrows.relay.rpc.RelayError;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * One entry of an Append frame on its way to Kafka's produce path. Owned by the relay's loop; what the produce path
 * reads is set before the entry is released and cleared by the loop after the local append.
 */
public final class RelayEntry {
    private final RelayPeer peer;
    private final long requestId;
    private final int index;
    private final AppendGroup group;
    private final UUID topicId;
    private final int partition;
    private final Sequence sequence;
    private @Nullable Pointer pointer;
    private byte @Nullable [] bytes;
    private @Nullable Ticket<RelayEntry> ticket;
    private long receivedBytes;
    private long fetchedBytes;
    private int largeBytes;
    private long arrivedAt;

    RelayEntry(RelayPeer peer, long requestId, int index, AppendGroup group, Target target) {
        this.peer = peer;
        this.requestId = requestId;
        this.index = index;
        this.group = group;
        this.topicId = target.topicId();
        this.partition = target.partition();
        this.sequence = target.sequence();
    }

    /** Where an entry goes, and where in its producer's sequence it may be there. */
    record Target(UUID topicId, int partition, Sequence sequence) {}

    public ProduceContext context() {
        return group.context();
    }

    public UUID topicId() {
        return topicId;
    }

    public int partition() {
        return partition;
    }

    /** Which sequence it may have if the partition does not know its producer. */
    public Sequence sequence() {
        return sequence;
    }

    /** The batch, in memory of its own that the produce path may write into. */
    public byte[] bytes() {
        byte[] present = bytes;
        if (present == null) {
            throw new IllegalStateException(
                    "invariant violated: an entry has no bytes between its release and its append");
        }
        return present;
    }

    /** Where the same bytes are in S3, if they are. */
    public @Nullable Pointer pointer() {
        return pointer;
    }

    /** The result for an outcome that carries nothing but an error. */
    public EntryResult failed(RelayError relayError, Errors error, @Nullable String message) {
        return new EntryResult(index, relayError, error.code(), -1, -1, -1, 0, -1, -1, message, List.of());
    }

    /** Index of the entry in its request, which results name. */
    public int index() {
        return index;
    }

    /** Equal for entries of one lane only, which are appended in their order. For any thread. */
    public Object lane() {
        return ticket().lane();
    }

    /** Its lane has been stopped or fenced: not to be tried any more. For any thread. */
    public boolean isRecalled() {
        return ticket().isRecalled();
    }

    RelayPeer peer() {
        return peer;
    }

    long requestId() {
        return requestId;
    }

    Ticket<RelayEntry> ticket() {
        Ticket<RelayEntry> present = ticket;
        if (present == null) {
            throw new IllegalStateException("invariant violated: an entry is not in its lane yet");
        }
        return present;
    }

    void enter(Ticket<RelayEntry> inLane) {
        ticket = inLane;
    }

    long arrivedAt() {
        return arrivedAt;
    }

    void arrivedAt(long nanoTime) {
        arrivedAt = nanoTime;
    }

    boolean hasBytes() {
        return bytes != null;
    }

    void bytes(byte[] batch) {
        bytes = batch;
    }

    void pointer(@Nullable Pointer staged) {
        pointer = staged;
    }

    /** Bytes counted against what may be received. */
    long receivedBytes() {
        return receivedBytes;
    }

    void receivedBytes(long counted) {
        receivedBytes = counted;
    }

    /** Bytes counted against what may be fetched. */
    long fetchedBytes() {
        return fetchedBytes;
    }

    void fetchedBytes(long counted) {
        fetchedBytes = counted;
    }

    /** Bytes that came in parts, counted against what large batches may have. */
    int largeBytes() {
        return largeBytes;
    }

    void largeBytes(int counted) {
        largeBytes = counted;
    }

    /** The produce path is done with the bytes. */
    void dropBytes() {
        bytes = null;
    }
}
