package io.narrows.router.lane;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.router.lane.Completion.Cause;
import org.junit.jupiter.api.Test;

final class ReorderGuardTest {
    private static final Object OLD_NODE = new Object();
    private static final Object NEW_NODE = new Object();

    private final ReorderGuard arrivals = new ReorderGuard();

    private static ProducerSequence batch(int epoch, int first, int records) {
        return ProducerSequence.of(7, (short) epoch, first, records - 1);
    }

    private static ProducerSequence batch(int first, int records) {
        return batch(0, first, records);
    }

    private static ArrivalContext by(Object connection, int leaderId) {
        return new ArrivalContext(connection, leaderId, true, false);
    }

    private static ArrivalContext first(Object connection) {
        return new ArrivalContext(connection, 1, true, true);
    }

    @Test
    void aBatchThatOvertakesIsRefusedUntilItComesAgain() {
        assertThat(arrivals.refusal(batch(0, 10), first(OLD_NODE), 0)).isNull();
        assertThat(arrivals.refusal(batch(20, 5), by(NEW_NODE, 1), 0)).isEqualTo(Cause.OVERTAKING);
        assertThat(arrivals.refusal(batch(10, 10), by(OLD_NODE, 1), 0)).isNull();
        assertThat(arrivals.refusal(batch(20, 5), by(NEW_NODE, 1), 0)).isNull();
        assertThat(arrivals.refusal(batch(25, 5), by(NEW_NODE, 1), 0)).isNull();
    }

    @Test
    void whoDecidesToGoOnWithoutABatchMay() {
        assertThat(arrivals.refusal(batch(0, 10), first(OLD_NODE), 0)).isNull();
        assertThat(arrivals.refusal(batch(20, 5), by(NEW_NODE, 1), 0)).isEqualTo(Cause.OVERTAKING);
        assertThat(arrivals.refusal(batch(20, 5), by(NEW_NODE, 1), 0)).isNull();
    }

    @Test
    void theSecondBatchOfAProducerMayOvertakeTheFirst() {
        assertThat(arrivals.refusal(batch(3, 1), first(NEW_NODE), 0)).isEqualTo(Cause.OVERTAKING);
        assertThat(arrivals.refusal(batch(0, 3), by(OLD_NODE, 1), 0)).isNull();
    }

    @Test
    void aProducerThatSentBeforeItsLaneWasForgottenGoesOn() {
        assertThat(arrivals.refusal(batch(300, 1), by(OLD_NODE, 1), 0)).isNull();
    }

    @Test
    void aNewEpochBeginsAtZeroAndAnOlderOneIsTheLeadersBusiness() {
        assertThat(arrivals.refusal(batch(4, 0, 10), first(OLD_NODE), 0)).isNull();
        assertThat(arrivals.refusal(batch(5, 2, 1), by(NEW_NODE, 1), 0)).isEqualTo(Cause.OVERTAKING);
        assertThat(arrivals.refusal(batch(5, 0, 2), by(OLD_NODE, 1), 0)).isNull();
        assertThat(arrivals.refusal(batch(4, 30, 1), by(NEW_NODE, 1), 0)).isNull();
    }

    @Test
    void whatIsSentAgainNeverOvertakes() {
        assertThat(arrivals.refusal(batch(0, 10), first(OLD_NODE), 0)).isNull();
        assertThat(arrivals.refusal(batch(10, 10), by(OLD_NODE, 1), 0)).isNull();
        assertThat(arrivals.refusal(batch(0, 10), by(NEW_NODE, 1), 0)).isNull();
        assertThat(arrivals.refusal(batch(10, 10), by(NEW_NODE, 1), 0)).isNull();
    }

    @Test
    void whatFailedAndComesAgainIsFollowedByWhatIsNextToIt() {
        assertThat(arrivals.refusal(batch(0, 10), first(OLD_NODE), 0)).isNull();
        assertThat(arrivals.refusal(batch(10, 10), by(OLD_NODE, 1), 0)).isNull();
        assertThat(arrivals.refusal(batch(0, 10), by(OLD_NODE, 1), 0)).isNull();
        assertThat(arrivals.refusal(batch(20, 5), by(NEW_NODE, 1), 0)).isEqualTo(Cause.OVERTAKING);
        assertThat(arrivals.refusal(batch(10, 10), by(OLD_NODE, 1), 0)).isNull();
        assertThat(arrivals.refusal(batch(20, 5), by(NEW_NODE, 1), 0)).isNull();
    }

    @Test
    void noMoreIsUnderWayThanALeaderCanTellThatItCameAgain() {
        for (int i = 0; i < 5; i++) {
            assertThat(arrivals.refusal(batch(i, 1), i == 0 ? first(OLD_NODE) : by(OLD_NODE, 1), i))
                    .isNull();
        }
        assertThat(arrivals.refusal(batch(5, 1), by(NEW_NODE, 1), 5)).isEqualTo(Cause.OVERTAKING);
        assertThat(arrivals.refusal(batch(0, 1), by(OLD_NODE, 1), 5))
                .as("a copy on a new connection")
                .isNull();
        assertThat(arrivals.refusal(batch(5, 1), by(NEW_NODE, 1), 0)).isNull();
    }

    @Test
    void sequencesGoOnAtZero() {
        assertThat(arrivals.refusal(batch(Integer.MAX_VALUE - 1, 3), by(OLD_NODE, 1), 0))
                .isNull();
        assertThat(arrivals.refusal(batch(1, 1), by(NEW_NODE, 1), 0)).isNull();
        assertThat(arrivals.refusal(batch(3, 1), by(OLD_NODE, 1), 0)).isEqualTo(Cause.OVERTAKING);
    }

    @Test
    void aClientThatStaysAtTheOldLeadersNodeIsToldOnce() {
        assertThat(arrivals.refusal(batch(0, 1), first(OLD_NODE), 0)).isNull();
        assertThat(arrivals.refusal(batch(1, 1), by(OLD_NODE, 2), 0)).isEqualTo(Cause.LEADER_MOVED);
        assertThat(arrivals.refusal(batch(1, 1), by(OLD_NODE, 2), 0)).isNull();
        assertThat(arrivals.refusal(batch(2, 1), by(OLD_NODE, 2), 0)).isNull();
    }

    @Test
    void aClientThatHasMovedIsNotTold() {
        assertThat(arrivals.refusal(batch(0, 1), first(OLD_NODE), 0)).isNull();
        assertThat(arrivals.refusal(batch(1, 1), by(NEW_NODE, 2), 0)).isNull();
        assertThat(arrivals.refusal(batch(2, 1), by(NEW_NODE, -1), 0))
                .as("no leader")
                .isNull();
        assertThat(arrivals.refusal(batch(3, 1), by(NEW_NODE, 2), 0)).isNull();
    }

    @Test
    void producersWithoutAnIdOrWithOneConnectionAreNeverRefused() {
        assertThat(arrivals.refusal(ProducerSequence.NONE, first(OLD_NODE), 0)).isNull();
        assertThat(arrivals.refusal(ProducerSequence.NONE, by(OLD_NODE, 2), 0)).isNull();
        ReorderGuard ofOne = new ReorderGuard();
        assertThat(ofOne.refusal(batch(8, 1), new ArrivalContext(OLD_NODE, 1, false, true), 0))
                .isNull();
        assertThat(ofOne.refusal(batch(20, 1), new ArrivalContext(OLD_NODE, 2, false, false), 0))
                .isNull();
    }
}
