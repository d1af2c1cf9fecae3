package io.narrows.broker.gc.collector;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.gc.collector.Answer.Memory;
import io.narrows.broker.gc.collector.Answer.Respondent;
import io.narrows.broker.gc.collector.Answer.State;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** One answer that counts, and each single difference for which it does not. */
final class DeletionRuleTest {
    private static final long GRACE_MS = 10_000;
    private static final long ROUND_MS = 1_000_000;
    private static final long WRITTEN_MS = ROUND_MS + 1_000;
    private static final Registration PROCESS = new Registration(4, "start-4", Set.of("disk-a", "disk-b"));
    private static final GcRound ROUND = new GcRound(7, 1, GcRound.State.OPEN, 0, GRACE_MS, Floors.NONE);

    @Test
    void theAnswerOfTheRegisteredProcessCounts() {
        assertThat(counts(answer(7, PROCESS, State.READY, memory(0)), WRITTEN_MS))
                .isTrue();
    }

    @Test
    void withoutAnAnswerNothingCounts() {
        assertThat(new DeletionRule(ROUND, ROUND_MS, List.of()).silent(Map.of(1, PROCESS)))
                .containsOnlyKeys(1);
    }

    @Test
    void theCollectorMustAnswerAlsoIfItIsNotRegistered() {
        assertThat(new DeletionRule(ROUND, ROUND_MS, List.of()).silent(Map.of()))
                .containsOnlyKeys(1);
        assertThat(new DeletionRule(ROUND, ROUND_MS, List.of()).silent()).containsOnlyKeys(1);
    }

    @Test
    void anAnswerToAnotherRoundDoesNotCount() {
        assertThat(counts(answer(8, PROCESS, State.READY, memory(0)), WRITTEN_MS))
                .isFalse();
    }

    @Test
    void eachPartOfARegistrationCounts() {
        assertThat(counts(new Registration(3, "start-4", PROCESS.directories())))
                .isFalse();
        assertThat(counts(new Registration(5, "start-4", PROCESS.directories())))
                .isFalse();
        assertThat(counts(new Registration(4, "start-5", PROCESS.directories())))
                .isFalse();
        assertThat(counts(new Registration(4, "start-4", Set.of("disk-a")))).isFalse();
        assertThat(counts(new Registration(4, "start-4", Set.of("disk-a", "disk-b", "disk-c"))))
                .isTrue();
    }

    @Test
    void onlyAReadyBrokerCounts() {
        for (State state : State.values()) {
            assertThat(counts(answer(7, PROCESS, state, memory(0)), WRITTEN_MS)).isEqualTo(state == State.READY);
        }
    }

    @Test
    void aShorterMemoryThanTheGracePeriodDoesNotCount() {
        assertThat(counts(answer(7, PROCESS, State.READY, new Memory(GRACE_MS - 1, WRITTEN_MS)), WRITTEN_MS))
                .isFalse();
    }

    @Test
    void anAnswerCountsFromTheRoundToHalfAGracePeriodAfterIt() {
        assertThat(countsWrittenAt(ROUND_MS - 1)).isFalse();
        assertThat(countsWrittenAt(ROUND_MS)).isTrue();
        assertThat(countsWrittenAt(ROUND_MS + GRACE_MS / 2)).isTrue();
        assertThat(countsWrittenAt(ROUND_MS + GRACE_MS / 2 + 1)).isFalse();
    }

    @Test
    void aBrokerMayBeBehindTheStoreForAQuarterOfAGracePeriod() {
        assertThat(counts(answer(7, PROCESS, State.READY, memory(GRACE_MS / 4)), WRITTEN_MS))
                .isTrue();
        assertThat(counts(answer(7, PROCESS, State.READY, memory(GRACE_MS / 4 + 1)), WRITTEN_MS))
                .isFalse();
    }

    @Test
    void aBrokerThatDoesNotKnowTheStoresTimeDoesNotCount() {
        assertThat(counts(answer(7, PROCESS, State.READY, new Memory(GRACE_MS, 0)), WRITTEN_MS))
                .isFalse();
        long early = GRACE_MS / 4;
        Reply reply = new Reply(answer(7, PROCESS, State.READY, new Memory(GRACE_MS, 0)), early);
        assertThat(new DeletionRule(ROUND, 0, List.of(reply)).silent(Map.of(1, PROCESS)))
                .containsOnlyKeys(1);
    }

    private static boolean counts(Registration from) {
        return counts(answer(7, from, State.READY, memory(0)), WRITTEN_MS);
    }

    private static boolean countsWrittenAt(long writtenMs) {
        return counts(answer(7, PROCESS, State.READY, new Memory(GRACE_MS, writtenMs)), writtenMs);
    }

    private static boolean counts(Answer answer, long writtenMs) {
        return new DeletionRule(ROUND, ROUND_MS, List.of(new Reply(answer, writtenMs)))
                .silent(Map.of(1, PROCESS))
                .isEmpty();
    }

    private static Memory memory(long behindMs) {
        return new Memory(GRACE_MS, WRITTEN_MS - behindMs);
    }

    private static Answer answer(long round, Registration from, State state, Memory memory) {
        return new Answer(
                round, new Respondent(1, from), state, memory, Map.of(1, from.epoch()), new ReferenceReport());
    }
}
