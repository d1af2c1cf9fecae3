package io.narrows.router.lane;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SequenceGapsTest {
    private final SequenceGaps gaps = new SequenceGaps();

    private static ProducerSequence batch(int sequence) {
        return new ProducerSequence(7, (short) 2, sequence);
    }

    @Test
    void sequencesGoOnAtZero() {
        assertThat(batch(0).isAfter(batch(Integer.MAX_VALUE))).isTrue();
        assertThat(batch(Integer.MAX_VALUE).isAfter(batch(0))).isFalse();
        gaps.failed(batch(Integer.MAX_VALUE - 1));
        assertThat(gaps.isBehind(batch(3))).isTrue();
        assertThat(gaps.isBehind(batch(Integer.MAX_VALUE - 1))).isFalse();
        assertThat(gaps.isEmpty()).isTrue();
    }

    @Test
    void onlyProducersWithoutAnIdHaveNoGaps() {
        gaps.failed(ProducerSequence.NONE);
        assertThat(gaps.isEmpty()).isTrue();
        assertThat(ProducerSequence.NONE.isAfter(ProducerSequence.NONE)).isFalse();
    }

    @Test
    void aSlowBatchBetweenTheFailedOnesDoesNotEndTheGap() {
        gaps.failed(batch(5));
        assertThat(gaps.isBehind(batch(8))).as("on one connection").isTrue();
        assertThat(gaps.isBehind(batch(4))).as("not behind what is missing").isFalse();
        assertThat(gaps.isBehind(batch(6))).as("on another").isTrue();
        assertThat(gaps.isBehind(batch(5))).as("comes again").isFalse();
        assertThat(gaps.isBehind(batch(6))).isFalse();
    }

    @Test
    void aClientThatGoesOnWithoutTheMissingBatchMay() {
        gaps.failed(batch(5));
        assertThat(gaps.isBehind(batch(6))).isTrue();
        assertThat(gaps.isBehind(batch(6))).isFalse();
        assertThat(gaps.isBehind(batch(7))).isFalse();
    }

    @Test
    void aBatchThatIsSplitOrNumberedAnewByItsClientComesAgain() {
        gaps.failed(ProducerSequence.of(7, (short) 2, 5, 9));
        assertThat(gaps.isBehind(batch(15))).isTrue();
        assertThat(gaps.isBehind(ProducerSequence.of(7, (short) 2, 5, 4))).isFalse();
        assertThat(gaps.isBehind(ProducerSequence.of(7, (short) 2, 10, 4))).isFalse();
    }

    @Test
    void whatIsInTheLogOvertakesWhatIsNotAfterIt() {
        assertThat(gaps.isOvertaken(batch(1))).isFalse();
        gaps.acknowledged(batch(6));
        gaps.acknowledged(batch(5));
        assertThat(gaps.isOvertaken(batch(6))).isTrue();
        assertThat(gaps.isOvertaken(batch(7))).isFalse();
        assertThat(gaps.isOvertaken(new ProducerSequence(7, (short) 3, 0))).isFalse();
    }

    @Test
    void aNewEpochHasNoGap() {
        gaps.failed(batch(5));
        assertThat(gaps.isBehind(new ProducerSequence(7, (short) 3, 0))).isFalse();
        assertThat(gaps.isEmpty()).isTrue();
    }

    @Test
    void aFencedProducerOfAnOlderEpochChangesNothing() {
        gaps.failed(batch(5));
        gaps.failed(new ProducerSequence(7, (short) 1, 9));
        assertThat(gaps.isBehind(new ProducerSequence(7, (short) 1, 0))).isFalse();
        assertThat(gaps.isBehind(batch(6))).isTrue();
    }

    @Test
    void theMemoryIsBounded() {
        for (int id = 0; id < 1_000; id++) {
            gaps.failed(new ProducerSequence(id, (short) 0, 0));
        }
        assertThat(gaps.isBehind(new ProducerSequence(0, (short) 0, 5))).isFalse();
        assertThat(gaps.isBehind(new ProducerSequence(999, (short) 0, 5))).isTrue();
        for (int sequence = 0; sequence < 1_000; sequence++) {
            gaps.failed(batch(sequence));
        }
        assertThat(gaps.isBehind(batch(0))).as("forgotten").isFalse();
        assertThat(gaps.isBehind(batch(1_000))).isTrue();
    }
}
