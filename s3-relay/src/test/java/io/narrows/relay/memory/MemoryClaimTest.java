package io.narrows.relay.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A wait for memory between the thread that frees it and the one that waits, whose tasks are run by hand. */
final class MemoryClaimTest {
    private final ClientMemory memory = ClientMemory.of(100);
    private final ClientMemory.ClientQuota client = memory.open("client");
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final List<String> granted = new ArrayList<>();

    private MemoryClaim claim() {
        return MemoryClaim.await(client, 60, tasks::add, () -> granted.add("granted"));
    }

    @Test
    void theBytesAreTakenWhenTheyAreFreeAndGivenOnTheOwnersThread() {
        assertThat(client.tryEnter(60)).isTrue();
        MemoryClaim unused = claim();
        assertThat(memory.waiting()).isEqualTo(1);
        client.leave(60);
        assertThat(memory.usedBytes()).isEqualTo(60);
        assertThat(granted).isEmpty();
        tasks.remove().run();
        assertThat(granted).hasSize(1);
    }

    @Test
    void aClaimThatIsCancelledBeforeItsTurnTakesNothing() {
        assertThat(client.tryEnter(60)).isTrue();
        claim().cancel();
        client.leave(60);
        assertThat(memory.usedBytes()).isZero();
        assertThat(memory.waiting()).isZero();
        assertThat(tasks).isEmpty();
    }

    @Test
    void aClaimThatIsCancelledBetweenItsTurnAndItsOwnersThreadGivesTheBytesBack() {
        assertThat(client.tryEnter(60)).isTrue();
        MemoryClaim claim = claim();
        client.leave(60);
        claim.cancel();
        tasks.remove().run();
        assertThat(granted).isEmpty();
        assertThat(memory.usedBytes()).isZero();
    }
}
