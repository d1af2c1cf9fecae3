package io.narrows.broker.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.rpc.AppendEntry.Sequence;
import io.narrows.relay.rpc.AppendGroup;
import io.narrows.relay.rpc.ProduceContext;
import io.narrows.relay.rpc.RelaySession;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class LargeBatchesTest {
    private final List<Long> granted = new ArrayList<>();
    private final MemoryBudget memory = MemoryBudget.of(100);
    private final LargeBatches batches = new LargeBatches(memory);
    private final RelayPeer first = peer("first", 1);
    private final RelayPeer second = peer("second", 2);
    private final RelayPeer third = peer("third", 3);

    @Test
    void aBatchIsGrantedWhenAllOfItFitsInTheOrderOfAsking() {
        batches.announced(first, 1, 60);
        batches.announced(second, 2, 50);
        batches.announced(third, 3, 10);
        assertThat(granted).as("the third does not overtake").containsExactly(1L);

        RelayEntry entry = arrived(first, 60);
        assertThat(granted).as("its bytes are in a lane now").containsExactly(1L);
        batches.release(entry);

        assertThat(granted).containsExactly(1L, 2L, 3L);
        assertThat(memory.usedBytes()).isEqualTo(60);
    }

    @Test
    void aBatchLargerThanAllMemoryIsThereAlone() {
        batches.announced(first, 1, 10);
        batches.announced(second, 2, 500);
        assertThat(granted).containsExactly(1L);

        batches.release(arrived(first, 10));
        batches.announced(third, 3, 1);
        assertThat(granted).containsExactly(1L, 2L);

        batches.release(arrived(second, 500));
        assertThat(granted).containsExactly(1L, 2L, 3L);
    }

    @Test
    void aPeerThatGoesAwayLeavesNothingBehind() {
        batches.announced(first, 1, 80);
        batches.announced(second, 2, 80);
        batches.announced(third, 3, 80);

        batches.withdrawn(second);
        batches.withdrawn(first);
        assertThat(granted).containsExactly(1L, 3L);
        batches.withdrawn(third);
        batches.withdrawn(third);

        assertThat(memory.usedBytes()).isZero();
        assertThat(batches.waiting()).isZero();
    }

    private RelayEntry arrived(RelayPeer peer, int bytes) {
        ProduceContext context = new ProduceContext((short) 1, 1, (short) 9, null, "User", "u", "c", "127.0.0.1");
        RelayEntry entry = new RelayEntry(
                peer,
                1,
                0,
                new AppendGroup(context, List.of()),
                new RelayEntry.Target(new UUID(1, 2), 0, Sequence.FIRST));
        entry.largeBytes(bytes);
        batches.arrived(peer, entry);
        return entry;
    }

    private RelayPeer peer(String writer, long admission) {
        RelaySession session = (RelaySession) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {RelaySession.class}, (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("grant");
                    granted.add((Long) arguments[0]);
                    return null;
                });
        return new RelayPeer(session, writer, 1, admission);
    }
}
