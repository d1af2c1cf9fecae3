package io.narrows.relay.gc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SequenceRangesTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anExactSetIsWhatASetIs(long seed) {
        Random random = new Random(seed);
        SequenceRanges ranges = new SequenceRanges();
        TreeSet<Long> model = new TreeSet<>();
        for (int step = 0; step < 500; step++) {
            long first = random.nextInt(200);
            long last = first + random.nextInt(random.nextInt(10) == 0 ? 50 : 3);
            boolean adds = random.nextInt(3) > 0;
            if (adds) {
                ranges.add(first, last);
            } else {
                ranges.remove(first, last);
            }
            for (long sequence = first; sequence <= last; sequence++) {
                if (adds) {
                    model.add(sequence);
                } else {
                    model.remove(sequence);
                }
            }
            assertThat(ranges.size()).as("seed %d step %d", seed, step).isEqualTo(model.size());
            for (long sequence = 0; sequence < 260; sequence++) {
                assertThat(ranges.contains(sequence)).isEqualTo(model.contains(sequence));
            }
            for (int i = 1; i < ranges.ranges(); i++) {
                assertThat(ranges.first(i)).isGreaterThan(ranges.last(i - 1) + 1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aBoundedSetNeverHoldsFewer(long seed) {
        Random random = new Random(seed);
        SequenceRanges ranges = new SequenceRanges(5);
        TreeSet<Long> added = new TreeSet<>();
        for (int step = 0; step < 300; step++) {
            long sequence = random.nextInt(1000);
            ranges.add(sequence);
            added.add(sequence);
            assertThat(ranges.ranges()).isLessThanOrEqualTo(5);
            assertThat(added).allMatch(ranges::contains);
        }
    }

    @Test
    void theSmallestGapIsClosedFirst() {
        SequenceRanges ranges = new SequenceRanges(2);
        ranges.add(0);
        ranges.add(10);
        ranges.add(13);
        assertThat(ranges).hasToString("0,10-13");
    }

    @Test
    void theLargestSequenceHasItsPlace() {
        SequenceRanges ranges = new SequenceRanges();
        ranges.add(Long.MAX_VALUE);
        ranges.add(5, 7);
        ranges.remove(6, Long.MAX_VALUE);
        assertThat(ranges).hasToString("5");
    }
}
