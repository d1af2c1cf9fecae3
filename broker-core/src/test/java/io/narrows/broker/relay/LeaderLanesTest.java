package io.narrows.broker.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.broker.relay.LeaderLanes.Answer;
import io.narrows.broker.relay.LeaderLanes.LaneKey;
import io.narrows.broker.relay.LeaderLanes.Ticket;
import io.narrows.relay.rpc.RelayError;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class LeaderLanesTest {
    private static final LaneKey LANE = new LaneKey("proxy-a", 7, 1);
    private static final long TEN_MINUTES = TimeUnit.MINUTES.toNanos(10);

    private final List<String> effects = new ArrayList<>();
    private final LeaderLanes<String> lanes = new LeaderLanes<>(
            new LeaderLanes.Effects<>() {
                @Override
                public void release(Ticket<String> ticket) {
                    effects.add("release " + ticket.entry());
                }

                @Override
                public void refuse(Ticket<String> ticket, RelayError error) {
                    effects.add("refuse " + ticket.entry() + " " + error);
                }
            },
            TEN_MINUTES);

    @Test
    void anEntryThatComesLaterWaitsForTheLocalAppendOfTheOneBeforeIt() {
        Ticket<String> first = ready("1", 0);
        Ticket<String> second = ready("2", 0);
        assertThat(effects).containsExactly("release 1");

        lanes.appended(first, 0);
        assertThat(effects).containsExactly("release 1", "release 2");

        lanes.answered(second, Answer.FINAL, 0);
        lanes.answered(first, Answer.FINAL, 0);
        assertThat(first.isDone() && second.isDone()).isTrue();
    }

    @Test
    void anEntryWhoseBytesAreThereWaitsForThoseOfTheOneBeforeIt() {
        Ticket<String> slow = lanes.add(LANE, 0, "slow", 0);
        ready("fast", 0);
        assertThat(effects).isEmpty();

        lanes.ready(slow, 0);
        assertThat(effects).containsExactly("release slow", "release fast");
    }

    @Test
    void anAnswerWithoutAnAppendFreesTheLaneToo() {
        Ticket<String> first = ready("1", 0);
        ready("2", 0);

        lanes.answered(first, Answer.FINAL, 0);

        assertThat(effects).containsExactly("release 1", "release 2");
    }

    @Test
    void aResendAnswerStopsTheLaneUntilItsEpochIsRaised() {
        Ticket<String> first = ready("1", 0);
        ready("2", 0);

        lanes.answered(first, Answer.RESEND, 0);
        ready("3", 0);
        ready("1 again", 1);

        assertThat(effects)
                .containsExactly("release 1", "refuse 2 LANE_STOPPED", "refuse 3 LANE_STOPPED", "release 1 again");
    }

    @Test
    void anEntryThatWasAppendedBeforeTheStopKeepsItsOwnAnswer() {
        Ticket<String> first = ready("1", 0);
        Ticket<String> second = ready("2", 0);
        lanes.appended(first, 0);

        lanes.answered(first, Answer.RESEND, 0);
        lanes.answered(second, Answer.RESEND, 0);

        assertThat(effects).containsExactly("release 1", "release 2");
        assertThat(second.isDone()).isTrue();
    }

    @Test
    void aNewerEpochRefusesWhatIsQueuedFromTheOlderOne() {
        Ticket<String> first = ready("1", 0);
        ready("2", 0);

        ready("1 again", 1);
        lanes.appended(first, 0);
        ready("late", 0);

        assertThat(effects)
                .containsExactly("release 1", "refuse 2 STALE_LANE", "release 1 again", "refuse late STALE_LANE");
    }

    @Test
    void theAnswerOfAnOlderEpochDoesNotStopTheNewerOne() {
        Ticket<String> first = ready("1", 0);
        ready("1 again", 1);

        lanes.answered(first, Answer.RESEND, 0);

        assertThat(effects).containsExactly("release 1", "release 1 again");
    }

    @Test
    void anUnreadableEntryIsRefusedWhenItsTurnComesAndStopsTheLane() {
        Ticket<String> first = ready("1", 0);
        Ticket<String> second = lanes.add(LANE, 0, "2", 0);
        ready("3", 0);

        lanes.failed(second, RelayError.OBJECT_UNREADABLE, 0);
        assertThat(effects).containsExactly("release 1");
        lanes.appended(first, 0);

        assertThat(effects).containsExactly("release 1", "refuse 3 LANE_STOPPED", "refuse 2 OBJECT_UNREADABLE");
    }

    @Test
    void aFenceRefusesWhatIsNotReleasedAndTheNextConnectionWaitsForWhatIs() {
        Ticket<String> first = ready("1", 0);
        ready("2", 0);

        lanes.fence("proxy-a", 0);
        ready("1 again", 1);
        assertThat(effects).containsExactly("release 1", "refuse 2 STALE_LANE");

        lanes.appended(first, 0);
        assertThat(effects).containsExactly("release 1", "refuse 2 STALE_LANE", "release 1 again");
    }

    @Test
    void aFenceLeavesOtherWritersAlone() {
        Ticket<String> other = lanes.add(new LaneKey("proxy-b", 1, 1), 0, "b", 0);

        lanes.fence("proxy-a", 0);
        lanes.ready(other, 0);

        assertThat(effects).containsExactly("release b");
    }

    @Test
    void aLaneWithoutEntriesIsForgottenWithItsConnectionAndAfterTenMinutes() {
        lanes.answered(ready("1", 0), Answer.FINAL, 0);
        lanes.add(new LaneKey("proxy-a", 7, 2), 0, "2", 0);
        assertThat(lanes.laneCount()).isEqualTo(2);

        lanes.forgetIdle("proxy-a");
        assertThat(lanes.laneCount()).isEqualTo(1);

        lanes.answered(ready("3", 0), Answer.FINAL, 0);
        lanes.sweep(TEN_MINUTES - 1);
        assertThat(lanes.laneCount()).isEqualTo(2);
        lanes.sweep(TEN_MINUTES);
        assertThat(lanes.laneCount()).isEqualTo(1);
    }

    @Test
    void whatIsReadyWhenTheLaneIsFreeGoesTogether() {
        Ticket<String> first = ready("1", 0);
        ready("2", 0);
        ready("3", 0);
        lanes.add(LANE, 0, "not ready", 0);
        ready("5", 0);

        lanes.appended(first, 0);

        assertThat(effects).containsExactly("release 1", "release 2", "release 3");
    }

    @Test
    void theNextRunWaitsForTheWholeOneBeforeIt() {
        List<Ticket<String>> run = run("1", "2");
        ready("3", 0);
        effects.clear();

        lanes.appended(run.get(0), 0);
        assertThat(effects).isEmpty();
        lanes.answered(run.get(1), Answer.FINAL, 0);

        assertThat(effects).containsExactly("release 3");
    }

    @Test
    void whatComesBackGoesAgainInOrderOnceTheOneBeforeItIsAnswered() {
        List<Ticket<String>> run = run("1", "2", "3");
        ready("4", 0);
        effects.clear();

        lanes.returned(run.subList(1, 3), 0);
        assertThat(effects).isEmpty();
        lanes.answered(run.get(0), Answer.FINAL, 0);

        assertThat(effects).containsExactly("release 2", "release 3", "release 4");
    }

    @Test
    void whatComesBackAfterAStopIsRefused() {
        List<Ticket<String>> run = run("1", "2", "3");
        effects.clear();

        lanes.answered(run.get(0), Answer.RESEND, 0);
        assertThat(run.get(1).isRecalled() && run.get(2).isRecalled()).isTrue();
        lanes.returned(run.subList(1, 3), 0);

        assertThat(effects).containsExactlyInAnyOrder("refuse 2 LANE_STOPPED", "refuse 3 LANE_STOPPED");
    }

    @Test
    void whatComesBackAfterAFenceIsRefusedAndWhatWasAppendedKeepsItsAnswer() {
        List<Ticket<String>> run = run("1", "2");
        effects.clear();

        lanes.fence("proxy-a", 0);
        lanes.appended(run.get(0), 0);
        lanes.returned(run.subList(1, 2), 0);
        lanes.answered(run.get(0), Answer.FINAL, 0);

        assertThat(effects).containsExactly("refuse 2 STALE_LANE");
    }

    @Test
    void anUnreadableEntryBehindARunWaitsForItsEnd() {
        Ticket<String> first = ready("0", 0);
        Ticket<String> second = ready("1", 0);
        lanes.failed(lanes.add(LANE, 0, "2", 0), RelayError.OBJECT_UNREADABLE, 0);
        lanes.appended(first, 0);
        assertThat(effects).containsExactly("release 0", "release 1");

        lanes.appended(second, 0);

        assertThat(effects).containsExactly("release 0", "release 1", "refuse 2 OBJECT_UNREADABLE");
    }

    /** Entries that are released together. */
    private List<Ticket<String>> run(String... names) {
        Ticket<String> before = ready("before", 0);
        List<Ticket<String>> run = new ArrayList<>();
        for (String name : names) {
            run.add(ready(name, 0));
        }
        lanes.appended(before, 0);
        lanes.answered(before, Answer.FINAL, 0);
        return run;
    }

    @Test
    void aSecondAnswerIsABug() {
        Ticket<String> first = ready("1", 0);
        lanes.answered(first, Answer.FINAL, 0);

        assertThatThrownBy(() -> lanes.answered(first, Answer.FINAL, 0)).isInstanceOf(IllegalStateException.class);
    }

    private Ticket<String> ready(String name, int epoch) {
        Ticket<String> ticket = lanes.add(LANE, epoch, name, 0);
        lanes.ready(ticket, 0);
        return ticket;
    }
}
