package io.narrows.router.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.pointer.WalObjectId;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LeaderReadsTest {
    private final LeaderReads reads = new LeaderReads(new StoreCircuitBreaker.Settings(1, 3, 100, 300));
    private long sequence;

    @Test
    void opensAfterThreeObjectsInARowForThatLeaderOnly() {
        WalObjectId object = object();
        for (int batch = 0; batch < 10; batch++) {
            reads.onUnreadable(1, object, 0);
        }
        reads.onUnreadable(1, object(), 0);
        assertThat(reads.admits(1, 0)).isTrue();
        reads.onUnreadable(1, object(), 0);

        assertThat(reads.isOpen(1)).isTrue();
        assertThat(reads.admits(1, 99)).isFalse();
        assertThat(reads.admits(2, 0)).isTrue();
    }

    @Test
    void aReadInBetweenKeepsItClosed() {
        for (int i = 0; i < 5; i++) {
            reads.onUnreadable(1, object(), 0);
            reads.onUnreadable(1, object(), 0);
            reads.onRead(1);
        }
        assertThat(reads.isOpen(1)).isFalse();
    }

    @Test
    void oneWindowProbesPerPauseAlsoWhenItsOutcomeIsNeverKnown() {
        open(0);
        assertThat(reads.admits(1, 100)).isTrue();
        reads.onStaged(1, 100);
        assertThat(reads.admits(1, 199)).isFalse();
        assertThat(reads.admits(1, 200)).isTrue();
    }

    @Test
    void thePauseDoublesUpToItsBoundAndAReadCloses() {
        open(0);
        reads.onStaged(1, 100);
        reads.onUnreadable(1, object(), 150);
        assertThat(reads.admits(1, 349)).isFalse();
        assertThat(reads.admits(1, 350)).isTrue();
        reads.onUnreadable(1, object(), 350);
        assertThat(reads.admits(1, 649)).isFalse();
        assertThat(reads.admits(1, 650)).isTrue();

        reads.onRead(1);

        assertThat(reads.isOpen(1)).isFalse();
        assertThat(reads.admits(1, 0)).isTrue();
    }

    @Test
    void forgetsBrokersThatAreGone() {
        open(0);
        reads.forgetAllBut(Set.of(2));
        assertThat(reads.isOpen(1)).isFalse();
    }

    private void open(long now) {
        for (int i = 0; i < 3; i++) {
            reads.onUnreadable(1, object(), now);
        }
    }

    private WalObjectId object() {
        return new WalObjectId("proxy-a", 1, sequence++);
    }
}
