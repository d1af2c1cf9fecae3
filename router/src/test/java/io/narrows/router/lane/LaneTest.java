package io.narrows.router.lane;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.ProduceContext;
import io.narrows.relay.rpc.RelayError;
import io.narrows.router.lane.Completion.Answered;
import io.narrows.router.lane.Completion.Cause;
import io.narrows.router.lane.Completion.Failed;
import io.narrows.router.produce.ProduceAttribution;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LaneTest {
    private static final ProduceContext CONTEXT =
            new ProduceContext((short) -1, 1_000, (short) 12, null, "User", "alice", "client", "10.0.0.1");
    private static final LaneEntry.Origin ORIGIN = new LaneEntry.Origin() {};
    private static final Pointer POINTER = new Pointer(new WalObjectId("w", 1, 7), 0, 4, 1);
    private static final LaneAccount ACCOUNT = new ProduceAttribution(new MetricRegistry()).account("topic", "client");
    private static final long PLAIN = -1;
    private static final long PRODUCER = 9;

    private final Effects effects = new Effects();
    private static final ArrivalContext WAY = new ArrivalContext("a connection", 1, false, false);

    private final Lane lane = new Lane(new Lane.Identity(3, new UUID(0, 1), "topic", 0), () -> 2, effects, ACCOUNT);
    private final List<LaneEntry> all = new ArrayList<>();

    @AfterEach
    void everyBufferIsReleasedOnceAllHasEnded() {
        lane.abort();
        for (LaneEntry entry : all) {
            assertThat(entry.state()).isIn(EntryState.ENDED, EntryState.ABANDONED);
            assertThat(entry.bytes().refCnt()).isZero();
        }
    }

    @Test
    void entriesLeaveInTheOrderOfTheirArrivalWhateverBecomesReadyFirst() {
        LaneEntry staged = add(PRODUCER);
        LaneEntry direct = add(PRODUCER);
        lane.onStaging(staged);
        lane.onReady(direct, null);
        lane.pump();
        assertThat(effects.searches).isEmpty();

        lane.onReady(staged, POINTER);
        lane.pump();
        lane.onLeader(1);

        assertThat(effects.sent).containsExactly(staged, direct);
    }

    @Test
    void noMoreThanTheLimitIsInFlight() {
        List<LaneEntry> entries = flowing(PRODUCER, 3);
        assertThat(effects.sent).containsExactly(entries.get(0), entries.get(1));

        lane.onResult(entries.get(0), answer(Errors.NONE));

        assertThat(effects.sent).containsExactlyElementsOf(entries);
        assertThat(effects.completed.get(entries.get(0))).isInstanceOf(Answered.class);
    }

    @Test
    void aReSendAnswerStopsTheLaneUntilEverythingSentIsAnsweredThenAllGoesAgainInOrder() {
        List<LaneEntry> entries = flowing(PRODUCER, 2);
        entries.forEach(entry -> assertThat(entry.pointer()).isEqualTo(POINTER));

        lane.onResult(entries.get(0), answer(Errors.NOT_LEADER_OR_FOLLOWER));
        assertThat(lane.state()).isInstanceOf(LaneState.Draining.class);
        lane.onResult(entries.get(1), refused(RelayError.LANE_STOPPED));
        assertThat(effects.searches).containsExactly(LaneStopReason.START, LaneStopReason.WRONG_LEADER);
        lane.onLeader(2);

        assertThat(effects.sent).containsExactly(entries.get(0), entries.get(1), entries.get(0), entries.get(1));
        assertThat(lane.epoch()).isEqualTo(1);
        entries.forEach(entry -> assertThat(entry.pointer()).isEqualTo(POINTER));
        assertThat(effects.completed).isEmpty();
    }

    @Test
    void anEntryThatSucceedsWhileTheLaneDrainsIsNotSentAgain() {
        List<LaneEntry> entries = flowing(PRODUCER, 2);
        lane.onResult(entries.get(1), answer(Errors.NOT_LEADER_OR_FOLLOWER));
        lane.onResult(entries.get(0), answer(Errors.NONE));
        lane.onLeader(2);

        assertThat(effects.sent).containsExactly(entries.get(0), entries.get(1), entries.get(1));
    }

    @Test
    void whatTheLeaderCannotReadInS3GoesAsBytes() {
        List<LaneEntry> entries = flowing(PRODUCER, 2);
        lane.onResult(entries.get(0), refused(RelayError.OBJECT_UNREADABLE));
        lane.onResult(entries.get(1), refused(RelayError.LANE_STOPPED));
        lane.onLeader(1);

        assertThat(effects.unreadable).containsExactly(POINTER.object());
        entries.forEach(entry -> assertThat(entry.pointer()).isNull());
    }

    @Test
    void afterALostConnectionIdempotentBatchesGoAgain() {
        List<LaneEntry> entries = flowing(PRODUCER, 2);
        entries.forEach(lane::onLost);
        lane.onLeader(1);

        assertThat(effects.sent).hasSize(4);
        assertThat(lane.epoch()).isEqualTo(1);
        assertThat(effects.completed).isEmpty();
    }

    @Test
    void afterALostConnectionThePlainOnesHaveTimedOut() {
        List<LaneEntry> entries = flowing(PLAIN, 3);
        lane.onLost(entries.get(0));
        lane.onLost(entries.get(1));
        lane.onLeader(1);

        assertThat(effects.completed.get(entries.get(0)))
                .isEqualTo(new Failed(Cause.UNKNOWN_OUTCOME, Errors.REQUEST_TIMED_OUT.code(), null));
        assertThat(effects.sent).containsExactlyElementsOf(entries);
    }

    @Test
    void whatNeverLeftTheProxyGoesAgainAlsoWhenPlain() {
        List<LaneEntry> entries = flowing(PLAIN, 1);
        lane.onNotSent(entries.get(0));
        lane.onLeader(1);
        assertThat(effects.sent).hasSize(2);
    }

    @Test
    void aLateAnswerFreesItsPlaceAndIsOtherwiseIgnored() {
        List<LaneEntry> entries = flowing(PLAIN, 2);
        lane.expire(2_000);
        assertThat(effects.completed.values()).allMatch(end -> end instanceof Failed);
        assertThat(lane.isIdle()).isFalse();

        entries.forEach(entry -> lane.onResult(entry, answer(Errors.NONE)));

        assertThat(effects.late).isEqualTo(2);
        assertThat(effects.settled).containsExactlyElementsOf(entries);
        assertThat(lane.isIdle()).isTrue();
    }

    @Test
    void aProducersBatchesBehindOneThatTimedOutUnsentAreNotSentWithoutIt() {
        LaneEntry first = add(PRODUCER, 1_000);
        LaneEntry second = add(PRODUCER, 9_000);
        LaneEntry other = add(PRODUCER + 1, 9_000);
        lane.expire(1_000);

        assertThat(effects.completed.get(first)).isEqualTo(failed(Cause.DEADLINE));
        assertThat(effects.completed.get(second)).isEqualTo(failed(Cause.SEQUENCE_GAP));
        assertThat(effects.completed).doesNotContainKey(other);
    }

    @Test
    void aBatchThatWasOnItsWayWhenTheOneBeforeItFailedIsNotSentBeforeThatComesAgain() {
        LaneEntry first = add(PRODUCER, 1_000);
        lane.expire(1_000);
        assertThat(effects.completed.get(first)).isEqualTo(failed(Cause.DEADLINE));

        LaneEntry second = add(PRODUCER, 9_000);
        LaneEntry third = add(PRODUCER, 9_000);
        LaneEntry other = add(PRODUCER + 1, 9_000);
        assertThat(effects.completed.get(second)).isEqualTo(failed(Cause.SEQUENCE_GAP));
        assertThat(effects.completed.get(third)).isEqualTo(failed(Cause.SEQUENCE_GAP));
        assertThat(effects.settled).contains(second, third);
        assertThat(effects.completed).doesNotContainKey(other);

        LaneEntry again = add(first.producer(), 9_000);
        LaneEntry secondAgain = add(second.producer(), 9_000);
        assertThat(effects.completed).doesNotContainKeys(again, secondAgain);
    }

    @Test
    void whatAClientSendsASecondTimeIsItsOwnDecision() {
        LaneEntry first = add(PRODUCER, 1_000);
        lane.expire(1_000);
        LaneEntry second = add(PRODUCER, 9_000);
        assertThat(effects.completed).containsKeys(first, second);

        assertThat(effects.completed).doesNotContainKey(add(second.producer(), 9_000));
    }

    @Test
    void aNewEpochHasNoGap() {
        add(PRODUCER, 1_000);
        lane.expire(1_000);
        assertThat(effects.completed)
                .doesNotContainKey(add(new ProducerSequence(PRODUCER, (short) 1, all.size()), 9_000));
    }

    @Test
    void aTopicThatIsFoundLaterDoesNotGetTheBatchesBehindThoseThatItsSearchEnded() {
        LaneEntry first = add(PRODUCER);
        lane.onReady(first, null);
        lane.pump();
        lane.onNoLeader(Cause.NO_RELAY, Errors.LEADER_NOT_AVAILABLE);

        assertThat(effects.completed.get(add(PRODUCER))).isEqualTo(failed(Cause.SEQUENCE_GAP));
    }

    @Test
    void whatIsBehindABatchThatTheLeaderRefusedIsNotSent() {
        List<LaneEntry> entries = flowing(PRODUCER, 3);
        lane.onResult(entries.get(0), answer(Errors.NOT_ENOUGH_REPLICAS));

        assertThat(effects.sent).containsExactly(entries.get(0), entries.get(1));
        assertThat(effects.completed.get(entries.get(2))).isEqualTo(failed(Cause.SEQUENCE_GAP));
        assertThat(effects.completed).doesNotContainKey(entries.get(1));
    }

    @Test
    void whatWasSentBehindABatchThatFailedIsNotSentToAnotherLeaderBeforeIt() {
        List<LaneEntry> entries = flowing(PRODUCER, 2);
        lane.onResult(entries.get(0), answer(Errors.REQUEST_TIMED_OUT));
        LaneEntry again = add(entries.get(0).producer(), 9_000);
        lane.onReady(again, null);
        lane.onLost(entries.get(1));
        lane.onLeader(2);

        assertThat(effects.completed.get(entries.get(1))).isEqualTo(failed(Cause.SEQUENCE_GAP));
        assertThat(effects.sent).containsExactly(entries.get(0), entries.get(1), again);
    }

    @Test
    void aDuplicateIsInTheLogAndLeavesNoGap() {
        List<LaneEntry> entries = flowing(PRODUCER, 3);
        lane.onResult(entries.get(0), answer(Errors.DUPLICATE_SEQUENCE_NUMBER));
        assertThat(effects.sent).containsExactlyElementsOf(entries);
    }

    @Test
    void anOldBatchThatIsRefusedLeavesNoGapBehindWhatIsInTheLog() {
        List<LaneEntry> entries = flowing(PRODUCER, 2);
        lane.onResult(entries.get(0), answer(Errors.NONE));
        lane.onResult(entries.get(1), answer(Errors.NONE));
        LaneEntry old = ready(entries.get(0).producer());
        lane.onResult(old, answer(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER));
        LaneEntry next = ready(new ProducerSequence(PRODUCER, (short) 0, 2));

        assertThat(effects.completed).doesNotContainKey(next);
        assertThat(effects.sent).contains(next);
    }

    @Test
    void aBatchOfAProducerWithoutASequenceLeavesNoGap() {
        List<LaneEntry> entries = flowing(PRODUCER, 1);
        LaneEntry broken = ready(new ProducerSequence(PRODUCER, (short) 0, -1));
        lane.onResult(entries.get(0), answer(Errors.NONE));
        lane.onResult(broken, answer(Errors.INVALID_RECORD));
        LaneEntry next = ready(new ProducerSequence(PRODUCER, (short) 0, 1));

        assertThat(effects.sent).contains(next);
    }

    private LaneEntry ready(ProducerSequence producer) {
        LaneEntry entry = add(producer, 9_000);
        lane.onReady(entry, null);
        lane.pump();
        return entry;
    }

    @Test
    void aTopicThatIsGoneEndsItsEntries() {
        List<LaneEntry> entries = flowing(PRODUCER, 1);
        lane.onResult(entries.get(0), answer(Errors.UNKNOWN_TOPIC_ID));
        assertThat(effects.searches).containsExactly(LaneStopReason.START, LaneStopReason.UNKNOWN_TOPIC);

        lane.onNoLeader(Cause.TOPIC_GONE, Errors.UNKNOWN_TOPIC_ID);

        assertThat(effects.completed.get(entries.get(0)))
                .isEqualTo(new Failed(Cause.TOPIC_GONE, Errors.UNKNOWN_TOPIC_OR_PARTITION.code(), null));
    }

    @Test
    void aFinalErrorEndsItsEntryAlone() {
        List<LaneEntry> entries = flowing(PRODUCER, 2);
        lane.onResult(entries.get(0), answer(Errors.MESSAGE_TOO_LARGE));
        lane.onResult(entries.get(1), refused(RelayError.INVALID_MESSAGE));

        assertThat(effects.completed).hasSize(2);
        assertThat(lane.state()).isEqualTo(new LaneState.Flowing(1));
    }

    /** Entries with a pointer, sent as far as the lane lets them. */
    private List<LaneEntry> flowing(long producerId, int count) {
        List<LaneEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            LaneEntry entry = add(producerId);
            lane.onStaging(entry);
            lane.onReady(entry, POINTER);
            entries.add(entry);
        }
        lane.pump();
        lane.onLeader(1);
        return entries;
    }

    /** Rule L11: the client takes it back into its order, and what comes again may have any place in it. */
    @Test
    void aBatchOfAProducerThatTheLeaderDoesNotKnowIsRefusedOnce() {
        refusedOnce(Errors.UNKNOWN_PRODUCER_ID);
    }

    @Test
    void aBatchThatTheLeaderFindsOutOfOrderIsRefusedOnceAsIfNothingWereKnown() {
        refusedOnce(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    private void refusedOnce(Errors leaderSays) {
        ProducerSequence third = new ProducerSequence(PRODUCER, (short) 0, 3);
        LaneEntry overtaking = ready(third);
        lane.pump();
        lane.onLeader(1);
        assertThat(overtaking.comesAgain()).isFalse();
        lane.onResult(overtaking, answer(leaderSays));

        assertThat(effects.completed.get(overtaking))
                .isEqualTo(new Failed(Cause.OVERTAKING, Errors.NOT_LEADER_OR_FOLLOWER.code(), null));
        assertThat(lane.state()).isInstanceOf(LaneState.Flowing.class);
        LaneEntry again = ready(third);
        assertThat(again.comesAgain()).isTrue();
        lane.pump();
        lane.onResult(again, answer(leaderSays));
        assertThat(effects.completed.get(again)).isInstanceOf(Answered.class);
    }

    private LaneEntry add(long producerId) {
        return add(producerId, 1_000);
    }

    private LaneEntry add(long producerId, long deadline) {
        return add(
                producerId == PLAIN ? ProducerSequence.NONE : new ProducerSequence(producerId, (short) 0, all.size()),
                deadline);
    }

    private LaneEntry add(ProducerSequence producer, long deadline) {
        LaneEntry.Payload payload = new LaneEntry.Payload(Unpooled.wrappedBuffer(new byte[4]), 1, producer);
        LaneEntry entry = new LaneEntry(lane, payload, CONTEXT, ORIGIN, all.size(), new LaneEntry.Times(0, deadline));
        all.add(entry);
        lane.add(entry, WAY);
        return entry;
    }

    private static Failed failed(Cause cause) {
        Errors error = cause == Cause.SEQUENCE_GAP ? Errors.NOT_LEADER_OR_FOLLOWER : Errors.REQUEST_TIMED_OUT;
        return new Failed(cause, error.code(), null);
    }

    private static EntryResult answer(Errors error) {
        return new EntryResult(0, RelayError.NONE, error.code(), 0, -1, 0, 0, -1, -1, null, List.of());
    }

    private static EntryResult refused(RelayError error) {
        return new EntryResult(0, error, (short) 0, -1, -1, 0, 0, -1, -1, null, List.of());
    }

    private static final class Effects implements LaneActions {
        final List<LaneEntry> sent = new ArrayList<>();
        final List<LaneStopReason> searches = new ArrayList<>();
        final List<LaneEntry> settled = new ArrayList<>();
        final List<WalObjectId> unreadable = new ArrayList<>();
        final Map<LaneEntry, Completion> completed = new HashMap<>();
        int late;

        @Override
        public boolean send(LaneEntry entry, int leaderId) {
            return sent.add(entry);
        }

        @Override
        public void search(Lane lane, LaneStopReason stop) {
            searches.add(stop);
        }

        @Override
        public void complete(LaneEntry entry, Completion completion) {
            assertThat(completed.put(entry, completion)).as("one outcome").isNull();
        }

        @Override
        public void settle(LaneEntry entry) {
            settled.add(entry);
        }

        @Override
        public void unreadable(WalObjectId object) {
            unreadable.add(object);
        }

        @Override
        public void late(LaneEntry entry) {
            late++;
        }
    }
}
