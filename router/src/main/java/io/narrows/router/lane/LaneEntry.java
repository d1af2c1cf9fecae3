package io.narrows.router.lane;

import io.narrows.relay.Checks;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.rpc.ProduceContext;
import io.netty.buffer.ByteBuf;
import java.util.UUID;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * One batch of a client in its lane. Owned by the router's loop. Owns the batch's buffer until the entry has ended: the
 * bytes are kept until the answer, so that they can be sent again in another form.
 */
public final class LaneEntry {
    /** What the entry belongs to, for the code that completes it. */
    public interface Origin {
        /** The client hears this of a batch that has ended because one before it in its sequence has. */
        default Errors sequenceGap() {
            return Errors.NOT_LEADER_OR_FOLLOWER;
        }
    }

    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 13;

    private final Lane lane;
    private final Payload payload;
    private final ProduceContext context;
    private final Origin origin;
    private final int index;
    private final int length;
    private final long receivedAt;
    private final long deadline;

    private EntryState state = EntryState.RECEIVED;
    private @Nullable Pointer pointer;
    private boolean resent;
    private @Nullable SentForm form;
    private boolean sendable = true;
    private boolean resendable = true;
    private boolean comesAgain;
    private boolean besideWindow;
    private boolean topicReplaced;
    private final UUID topicId;
    private UUID sentTopicId;

    // The lane's list of unfinished entries.
    @Nullable
    LaneEntry next;

    @Nullable
    LaneEntry previous;

    /** One v2 batch. Owns {@code bytes}; {@code crc32c} covers them. */
    public record Payload(ByteBuf bytes, int crc32c, ProducerSequence producer) {}

    /** When an entry was received, and when it must have ended, in the loop's nanoseconds. */
    public record Times(long receivedAt, long deadline) {}

    /** Consumes the batch's buffer. {@code index} is the entry's place in its origin. */
    public LaneEntry(Lane lane, Payload payload, ProduceContext context, Origin origin, int index, Times times) {
        this.lane = lane;
        this.payload = payload;
        this.context = context;
        this.origin = origin;
        this.index = index;
        this.length = payload.bytes().readableBytes();
        this.receivedAt = times.receivedAt();
        this.deadline = times.deadline();
        this.topicId = lane.topicId();
        this.sentTopicId = topicId;
    }

    /** Whether its client names the topic and not its id, so that the batch is for the topic that has the name now. */
    boolean namesTopic() {
        return namesTopic(context);
    }

    /** Whether requests of this version name topics and not their ids. */
    public static boolean namesTopic(ProduceContext context) {
        return context.produceVersion() < FIRST_VERSION_WITH_TOPIC_IDS;
    }

    boolean isFor(UUID topic) {
        return namesTopic() || topicId.equals(topic);
    }

    /** The id of the topic that it was last sent for. */
    public UUID sentTopicId() {
        return sentTopicId;
    }

    public Lane lane() {
        return lane;
    }

    public ProduceContext context() {
        return context;
    }

    public Origin origin() {
        return origin;
    }

    public int index() {
        return index;
    }

    public int lengthBytes() {
        return length;
    }

    public int crc32c() {
        return payload.crc32c();
    }

    public long receivedAt() {
        return receivedAt;
    }

    public long deadline() {
        return deadline;
    }

    public EntryState state() {
        return state;
    }

    /** Where the bytes are in the object store; null while they are not, or cannot be read there. */
    public @Nullable Pointer pointer() {
        return pointer;
    }

    /** Borrowed: retain it to keep it. Only while the entry has not ended. */
    public ByteBuf bytes() {
        return payload.bytes();
    }

    /** Without a producer id the leader does not recognise a second copy. */
    ProducerSequence producer() {
        return payload.producer();
    }

    /** Whether it has been sent more than once. */
    public boolean resent() {
        return resent;
    }

    /** Null while it was never sent. */
    public @Nullable SentForm form() {
        return form;
    }

    /** To be set by {@link LaneActions#send}. */
    public void form(SentForm sentAs) {
        form = sentAs;
    }

    /** Its client was told that the batch has failed, and has sent it again. */
    void markComesAgain() {
        comesAgain = true;
    }

    /** Whether its place in the producer's sequence is its client's decision. */
    public boolean comesAgain() {
        return comesAgain;
    }

    /** It goes without having been in a flush window. */
    public void passWindow() {
        besideWindow = true;
    }

    public boolean hasPassedWindow() {
        return besideWindow;
    }

    /**
     * A batch before it in its producer's sequence has failed. What follows on the same wire may still follow if that one
     * is at the leader; it must not go to another leader without it.
     */
    void markBehindMissing(boolean failedAtLeader) {
        resendable = false;
        sendable &= failedAtLeader;
    }

    /** Whether it may be sent behind what is at the leader. */
    boolean isSendable() {
        return sendable;
    }

    /** Whether it may be sent to a leader that need not have what was sent before. */
    boolean isResendable() {
        return resendable;
    }

    void staging() {
        move(EntryState.RECEIVED, EntryState.STAGING);
    }

    void ready(@Nullable Pointer durable) {
        Checks.invariant(
                state == EntryState.RECEIVED || state == EntryState.STAGING,
                "an entry became ready twice, or before its window");
        state = EntryState.READY;
        pointer = topicReplaced ? null : durable;
    }

    /** Its topic was made again under another id. Its object, if it has one, is another topic's: it goes as bytes. */
    void topicReplaced() {
        topicReplaced = true;
        pointer = null;
    }

    void sent() {
        move(EntryState.READY, EntryState.SENT);
        sentTopicId = lane.topicId();
    }

    void again() {
        move(EntryState.SENT, EntryState.READY);
        resent = true;
    }

    void inline() {
        pointer = null;
    }

    void abandoned() {
        move(EntryState.SENT, EntryState.ABANDONED);
        boolean unused = payload.bytes().release();
    }

    void ended() {
        Checks.invariant(state != EntryState.ENDED, "an entry ended twice");
        if (state != EntryState.ABANDONED) {
            boolean unused = payload.bytes().release();
        }
        state = EntryState.ENDED;
    }

    private void move(EntryState from, EntryState to) {
        Checks.invariant(state == from, "an entry left a state that it was not in");
        state = to;
    }
}
