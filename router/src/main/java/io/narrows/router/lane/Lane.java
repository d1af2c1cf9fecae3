package io.narrows.router.lane;

import io.narrows.relay.Checks;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.RelayError;
import io.narrows.router.lane.Completion.Cause;
import java.util.UUID;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The FIFO of one producer for one partition (RFC 0002): a state machine whose methods are its events and
 * whose effects go to {@link LaneActions}. Entries are sent in order, whichever path each took; an answer that asks for
 * a re-send stops the lane until nothing is in flight, then everything unfinished is sent again, in order, under a
 * higher lane epoch. Owned by the router's loop. Owns its entries' buffers through the entries.
 */
public final class Lane {
    private static final int NO_LEADER = -1;

    private final long id;
    private final String topic;
    private final int partition;
    private final IntSupplier maxInFlight;
    private final LaneActions actions;
    private final LaneAccount account;
    private final SequenceGaps gaps = new SequenceGaps();
    private final ReorderGuard arrivals = new ReorderGuard();

    private UUID topicId;
    private LaneState state = LaneState.START;
    private int leaderId = NO_LEADER;
    private int epoch;
    private int stops;
    private int inFlight;
    private int size;
    private @Nullable LaneEntry head;
    private @Nullable LaneEntry tail;
    private long earliestDeadline = Long.MAX_VALUE;
    private long usedAt;

    /**
     * Names a lane.
     *
     * @param id unique in the writer's incarnation
     * @param topic the name of the topic that has the id now; empty if it is not known
     */
    public record Identity(long id, UUID topicId, String topic, int partition) {}

    public Lane(Identity identity, IntSupplier maxInFlight, LaneActions actions, LaneAccount account) {
        this.id = identity.id();
        this.topicId = identity.topicId();
        this.topic = identity.topic();
        this.partition = identity.partition();
        this.maxInFlight = maxInFlight;
        this.actions = actions;
        this.account = account;
    }

    public long id() {
        return id;
    }

    public UUID topicId() {
        return topicId;
    }

    /** Empty if it was not known when the lane began. */
    public String topic() {
        return topic;
    }

    public int partition() {
        return partition;
    }

    /** Where the bytes of its answered entries are counted. */
    public LaneAccount account() {
        return account;
    }

    public int epoch() {
        return epoch;
    }

    public LaneState state() {
        return state;
    }

    /** How often the lane was stopped since an entry last succeeded: what a backoff grows with. */
    public int stops() {
        return stops;
    }

    /** Nothing unfinished, and nothing at a leader whose answer counts. */
    public boolean isIdle() {
        return head == null && inFlight == 0;
    }

    /** Unfinished entries. */
    public int size() {
        return size;
    }

    /** When an entry was last added, in the loop's nanoseconds. */
    public long usedAt() {
        return usedAt;
    }

    /** The leader that entries are or were last sent to, or -1. */
    public int leaderId() {
        return leaderId;
    }

    /**
     * A batch arrived. False if it has ended immediately, because a batch that should be before it has failed or is not here
     * yet, or because the client should send it elsewhere.
     */
    public boolean add(LaneEntry entry, ArrivalContext arrival) {
        usedAt = entry.receivedAt();
        if (gaps.comesAgain(entry.producer())) {
            entry.markComesAgain();
        }
        if (gaps.isBehind(entry.producer())) {
            finish(entry, failed(Cause.SEQUENCE_GAP, entry.origin().sequenceGap()));
            return false;
        }
        Cause refusal = arrivals.refusal(entry.producer(), arrival, size);
        if (refusal != null) {
            gaps.failed(entry.producer());
            finish(entry, failed(refusal, Errors.NOT_LEADER_OR_FOLLOWER));
            return false;
        }
        entry.previous = tail;
        if (tail == null) {
            head = entry;
        } else {
            tail.next = entry;
        }
        tail = entry;
        size++;
        if (size == 1 || entry.deadline() - earliestDeadline < 0) {
            earliestDeadline = entry.deadline();
        }
        return true;
    }

    /** The entry's bytes are on their way to the object store. */
    public void onStaging(LaneEntry entry) {
        entry.staging();
    }

    /** The entry may be sent, as a pointer if it has one; {@link #pump()} follows. */
    public void onReady(LaneEntry entry, @Nullable Pointer pointer) {
        entry.ready(pointer);
    }

    /** Sends what may be sent. */
    public void pump() {
        if (state instanceof LaneState.Unrouted unrouted && head != null && head.state() == EntryState.READY) {
            search(unrouted.stop());
            return;
        }
        int most = maxInFlight.getAsInt();
        if (!(state instanceof LaneState.Flowing flowing) || inFlight >= most) {
            return;
        }
        LaneEntry entry = head;
        while (entry != null && entry.state() == EntryState.SENT) {
            entry = entry.next;
        }
        while (entry != null && entry.state() == EntryState.READY && inFlight < most) {
            if (!actions.send(entry, flowing.leaderId())) {
                return;
            }
            entry.sent();
            inFlight++;
            entry = entry.next;
        }
    }

    /** The leader's answer to an entry that was sent. */
    public void onResult(LaneEntry entry, EntryResult result) {
        inFlight--;
        LaneStopReason stop = LaneStopReason.after(result);
        if (entry.state() == EntryState.ABANDONED) {
            entry.ended();
            actions.late(entry);
            actions.settle(entry);
        } else if (stop == null) {
            end(entry, completion(entry, result));
        } else {
            entry.again();
            if (result.relayError() == RelayError.OBJECT_UNREADABLE) {
                forget(entry);
            }
        }
        if (isInLog(result)) {
            stops = 0;
            gaps.acknowledged(entry.producer());
        } else if (stop == null && !isOldDuplicate(entry, result)) {
            missing(entry, false);
            endIf(behind -> !behind.isSendable());
        }
        if (stop != null) {
            stop(stop);
        } else {
            afterSettled();
        }
    }

    /**
     * What the leader finds out of order, the client may have sent in order, over connections or proxies that overtake each
     * other. So it hears once that nothing was appended, and takes the batch back into its order.
     */
    private Completion completion(LaneEntry entry, EntryResult result) {
        boolean overtakes = !entry.comesAgain() && result.relayError() == RelayError.NONE;
        if (overtakes && result.errorCode() == Errors.UNKNOWN_PRODUCER_ID.code()) {
            return failed(Cause.OVERTAKING, Errors.NOT_LEADER_OR_FOLLOWER);
        }
        if (overtakes
                && result.errorCode() == Errors.OUT_OF_ORDER_SEQUENCE_NUMBER.code()
                && entry.origin().sequenceGap() != Errors.OUT_OF_ORDER_SEQUENCE_NUMBER
                && !isOldDuplicate(entry, result)) {
            return failed(Cause.OVERTAKING, entry.origin().sequenceGap());
        }
        return new Completion.Answered(result);
    }

    /** The connection the entry was sent on is gone: it is unknown whether the leader has it. */
    public void onLost(LaneEntry entry) {
        inFlight--;
        if (entry.state() == EntryState.ABANDONED) {
            entry.ended();
            actions.settle(entry);
        } else if (entry.producer().isIdempotent()) {
            entry.again();
        } else {
            end(entry, failed(Cause.UNKNOWN_OUTCOME, Errors.REQUEST_TIMED_OUT));
        }
        stop(LaneStopReason.CONNECTION_LOST);
    }

    /** The entry was to be sent on a connection that is gone, but never was. */
    public void onNotSent(LaneEntry entry) {
        inFlight--;
        if (entry.state() == EntryState.ABANDONED) {
            entry.ended();
            actions.settle(entry);
        } else {
            entry.again();
        }
        stop(LaneStopReason.CONNECTION_LOST);
    }

    /** The leader cannot be connected to. */
    public void onUnreachable() {
        if (state instanceof LaneState.Flowing) {
            stop(LaneStopReason.UNREACHABLE);
        }
    }

    /** The search ended with a leader. */
    public void onLeader(int leader) {
        if (state instanceof LaneState.Searching searching) {
            if (searching.stop() != LaneStopReason.START) {
                epoch++;
            }
            state = new LaneState.Flowing(leader);
            leaderId = leader;
            pump();
        }
    }

    /**
     * The name of the topic belongs to a topic of another id. Entries whose clients name the topic go there, in their order
     * and as bytes; those whose clients name the old id end.
     */
    public void onTopicReplaced(UUID newTopicId) {
        topicId = newTopicId;
        for (LaneEntry entry = head; entry != null; entry = entry.next) {
            entry.topicReplaced();
        }
        if (state instanceof LaneState.Flowing || state instanceof LaneState.Draining) {
            stop(LaneStopReason.UNKNOWN_TOPIC);
        } else {
            endOfOldTopic();
        }
    }

    private void endOfOldTopic() {
        LaneEntry entry = head;
        while (entry != null) {
            LaneEntry following = entry.next;
            if (!entry.isFor(topicId)) {
                fail(entry, Cause.TOPIC_GONE, Errors.UNKNOWN_TOPIC_ID);
                missing(entry, false);
            }
            entry = following;
        }
    }

    /** The search ended finally: the topic is gone, or the proxy has no way to its leader. All entries end. */
    public void onNoLeader(Cause cause, Errors error) {
        if (!(state instanceof LaneState.Searching searching)) {
            return;
        }
        stops++;
        while (head != null) {
            boolean unknownId = error == Errors.UNKNOWN_TOPIC_ID && head.namesTopic();
            fail(head, cause, unknownId ? Errors.UNKNOWN_TOPIC_OR_PARTITION : error);
        }
        state = new LaneState.Unrouted(searching.stop().max(LaneStopReason.UNREACHABLE));
    }

    /** Ends a search that nothing needs any more; true if it did. */
    public boolean park() {
        if (head != null || !(state instanceof LaneState.Searching searching)) {
            return false;
        }
        state = new LaneState.Unrouted(searching.stop());
        return true;
    }

    /** Ends entries whose deadline has passed. */
    public void expire(long now) {
        if (head == null || now - earliestDeadline < 0) {
            return;
        }
        long earliest = now + Long.MAX_VALUE / 2;
        LaneEntry entry = head;
        while (entry != null) {
            LaneEntry following = entry.next;
            if (now - entry.deadline() >= 0) {
                boolean atLeader = entry.state() == EntryState.SENT;
                fail(entry, Cause.DEADLINE, Errors.REQUEST_TIMED_OUT);
                missing(entry, atLeader);
            } else if (entry.deadline() - earliest < 0) {
                earliest = entry.deadline();
            }
            entry = following;
        }
        endIf(behind -> !behind.isSendable());
        earliestDeadline = earliest;
        pump();
    }

    /** The router closes: every entry ends. */
    public void abort() {
        while (head != null) {
            fail(head, Cause.CLOSED, Errors.REQUEST_TIMED_OUT);
        }
    }

    private void stop(LaneStopReason why) {
        if (state instanceof LaneState.Draining draining) {
            state = new LaneState.Draining(draining.stop().max(why));
        } else if (state instanceof LaneState.Flowing) {
            stops++;
            state = new LaneState.Draining(why);
        }
        afterSettled();
    }

    private void afterSettled() {
        if (state instanceof LaneState.Draining draining) {
            if (inFlight == 0) {
                search(draining.stop());
            }
        } else {
            pump();
        }
    }

    /**
     * The entry has ended and may not be in the log. Its producer's later entries must not get there without it: a leader
     * would refuse them, or worse, take them for the first ones of a producer it does not know.
     */
    private void missing(LaneEntry missing, boolean atLeader) {
        gaps.failed(missing.producer());
        for (LaneEntry entry = head; entry != null; entry = entry.next) {
            if (entry.producer().isAfter(missing.producer())) {
                entry.markBehindMissing(atLeader);
            }
        }
    }

    /** Ends entries that were not sent, or whose responses have arrived. */
    private void endIf(Predicate<LaneEntry> condition) {
        LaneEntry entry = head;
        while (entry != null) {
            LaneEntry following = entry.next;
            if (entry.state() != EntryState.SENT && condition.test(entry)) {
                fail(entry, Cause.SEQUENCE_GAP, entry.origin().sequenceGap());
            }
            entry = following;
        }
    }

    private void search(LaneStopReason why) {
        endOfOldTopic();
        endIf(behind -> !behind.isResendable());
        state = new LaneState.Searching(why);
        actions.search(this, why);
    }

    /** Entries that share the object that the leader could not read would be refused one after the other. */
    private void forget(LaneEntry refused) {
        Pointer pointer = refused.pointer();
        if (pointer == null) {
            return;
        }
        actions.unreadable(pointer.object());
        for (LaneEntry entry = head; entry != null; entry = entry.next) {
            Pointer other = entry.pointer();
            if (other != null && other.object().equals(pointer.object())) {
                entry.inline();
            }
        }
    }

    private void fail(LaneEntry entry, Cause cause, Errors error) {
        gaps.failed(entry.producer());
        Completion completion = failed(cause, error);
        if (entry.state() == EntryState.SENT) {
            unlink(entry);
            entry.abandoned();
            actions.complete(entry, completion);
        } else {
            end(entry, completion);
        }
    }

    private static Completion failed(Cause cause, Errors error) {
        return new Completion.Failed(cause, error.code(), null);
    }

    private void end(LaneEntry entry, Completion completion) {
        unlink(entry);
        finish(entry, completion);
    }

    private void finish(LaneEntry entry, Completion completion) {
        entry.ended();
        actions.complete(entry, completion);
        actions.settle(entry);
    }

    private void unlink(LaneEntry entry) {
        Checks.invariant(size > 0, "an entry ended that is not in its lane");
        if (entry.previous == null) {
            head = entry.next;
        } else {
            entry.previous.next = entry.next;
        }
        if (entry.next == null) {
            tail = entry.previous;
        } else {
            entry.next.previous = entry.previous;
        }
        entry.next = null;
        entry.previous = null;
        size--;
    }

    /**
     * The leader has forgotten that it has the batch, or never had it, and has a later one: the client's sequence goes on
     * behind that one. After another error the client may send the batch again while the leader remembers it.
     */
    private boolean isOldDuplicate(LaneEntry entry, EntryResult result) {
        return result.errorCode() == Errors.OUT_OF_ORDER_SEQUENCE_NUMBER.code() && gaps.isOvertaken(entry.producer());
    }

    /** What the leader recognised as a batch that it has is in the log as well. */
    private static boolean isInLog(EntryResult result) {
        return result.relayError() == RelayError.NONE
                && (result.errorCode() == Errors.NONE.code()
                        || result.errorCode() == Errors.DUPLICATE_SEQUENCE_NUMBER.code());
    }
}
