package io.narrows.router.produce;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FairBacklogTest {
    private final FairBacklog<String> backlog = new FairBacklog<>();

    private List<String> window(long bytes, int each) {
        backlog.newTurn();
        List<String> taken = new ArrayList<>();
        for (String item = backlog.poll(bytes); item != null; item = backlog.poll(bytes - (long) each * taken.size())) {
            taken.add(item);
        }
        return taken;
    }

    @Test
    void oneThatAsksForLittleIsInTheNextWindow() {
        for (int i = 0; i < 100; i++) {
            backlog.add("big", "big" + i, 10);
        }
        backlog.add("small", "small", 10);
        assertThat(window(50, 10)).containsExactly("big0", "small", "big1", "big2", "big3");
        assertThat(window(30, 10)).containsExactly("big4", "big5", "big6");
    }

    @Test
    void bytesCountAndNotItems() {
        backlog.add("large", "large0", 40);
        backlog.add("large", "large1", 40);
        for (int i = 0; i < 8; i++) {
            backlog.add("little", "little" + i, 10);
        }
        backlog.newTurn();
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            taken.add(backlog.poll(100));
        }
        assertThat(taken).containsExactly("large0", "little0", "little1", "little2", "little3", "large1");
    }

    @Test
    void whatDoesNotFitWaitsForAWindowOfItsOwn() {
        backlog.add("client", "item", 40);
        assertThat(backlog.poll(39)).isNull();
        assertThat(backlog.isEmpty()).isFalse();
        assertThat(backlog.poll(40)).isEqualTo("item");
        assertThat(backlog.isEmpty()).isTrue();
        assertThat(backlog.poll(40)).isNull();
    }

    /** Many owners, small windows: everything comes out, each owner's in its order, and no owner is passed over for long. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void noOwnerIsForgottenAndAnOwnersOrderIsKept(long seed) {
        Random random = new Random(seed);
        FairBacklog<int[]> many = new FairBacklog<>();
        Map<Integer, Integer> added = new HashMap<>();
        Map<Integer, Integer> taken = new HashMap<>();
        int windows = 0;
        for (int round = 0; round < 2_000 || !many.isEmpty(); round++) {
            for (int i = random.nextInt(6); round < 2_000 && i > 0; i--) {
                int owner = random.nextInt(4) == 0 ? random.nextInt(20) : 0;
                many.add(owner, new int[] {owner, added.merge(owner, 1, Integer::sum)}, 1 + random.nextInt(10));
            }
            many.newTurn();
            windows++;
            for (int[] item = many.poll(10); item != null; item = random.nextInt(3) == 0 ? null : many.poll(10)) {
                assertThat(taken.merge(item[0], 1, Integer::sum)).isEqualTo(item[1]);
            }
        }
        assertThat(taken).isEqualTo(added);
        assertThat(windows).isLessThan(20_000);
    }
}
