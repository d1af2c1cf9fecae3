package io.narrows.broker.gc.collector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SequenceSetTest {
    private static final long HIGH = 1L << 32;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void equalsAModelSetAfterEveryChange(long seed) {
        Random random = new Random(seed);
        // Half of the runs cross the border between two bitmaps.
        long base = seed % 2 == 0 ? 0 : HIGH - 100;
        SequenceSet set = new SequenceSet();
        TreeSet<Long> model = new TreeSet<>();
        for (int step = 0; step < 500; step++) {
            long first = base + random.nextInt(200);
            long last = first + random.nextInt(random.nextInt(10) == 0 ? 50 : 3);
            boolean adds = random.nextInt(3) > 0;
            if (adds) {
                set.add(first, last);
            } else {
                set.remove(first, last);
            }
            for (long sequence = first; sequence <= last; sequence++) {
                boolean unused = adds ? model.add(sequence) : model.remove(sequence);
            }
            assertThat(set.size()).as("seed %d step %d", seed, step).isEqualTo(model.size());
            assertThat(set.isEmpty()).isEqualTo(model.isEmpty());
            for (long sequence = base; sequence < base + 260; sequence++) {
                Long next = model.ceiling(sequence);
                assertThat(set.contains(sequence)).isEqualTo(model.contains(sequence));
                assertThat(set.next(sequence)).isEqualTo(next == null ? -1 : next);
            }
            SequenceSet again = new SequenceSet();
            set.forEachRange(again::add);
            assertThat(again).as("seed %d step %d", seed, step).isEqualTo(set);
        }
    }

    @Test
    void theLargestSequenceIsInTheSet() {
        SequenceSet set = SequenceSet.of(Long.MAX_VALUE);
        set.add(5, 7);
        assertThat(set).hasToString("5-7,9223372036854775807");
        set.remove(6, Long.MAX_VALUE);
        assertThat(set).hasToString("5");
    }

    @Test
    void aRangeMayCrossBitmaps() {
        SequenceSet set = SequenceSet.range(HIGH - 2, 2 * HIGH + 1);
        assertThat(set.size()).isEqualTo(HIGH + 4);
        assertThat(set).hasToString((HIGH - 2) + "-" + (2 * HIGH + 1));
    }

    @Test
    void removesAndAddsWholeSets() {
        SequenceSet set = SequenceSet.of(1, 2, HIGH, HIGH + 1);
        SequenceSet copy = set.copy();
        copy.removeAll(SequenceSet.of(2, HIGH, HIGH + 1, 3 * HIGH));
        assertThat(copy).hasToString("1");
        copy.addAll(SequenceSet.of(3));
        assertThat(copy).hasToString("1,3");
        assertThat(set.size()).isEqualTo(4);
    }

    @Test
    void textIsBounded() {
        assertThat(SequenceSet.of(0, 1, 5, 7).text(2)).isEqualTo("0-1,5,...");
    }
}
