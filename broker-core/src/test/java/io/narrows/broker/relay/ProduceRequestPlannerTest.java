package io.narrows.broker.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.relay.LeaderLanes.LaneKey;
import io.narrows.broker.relay.LeaderLanes.Ticket;
import io.narrows.relay.rpc.AppendEntry.Sequence;
import io.narrows.relay.rpc.AppendGroup;
import io.narrows.relay.rpc.ProduceContext;
import io.narrows.relay.rpc.RelayError;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class ProduceRequestPlannerTest {
    private static final UUID TOPIC = new UUID(1, 2);
    private static final short ALL = -1;

    private final Map<RelayEntry, String> names = new HashMap<>();
    private final List<RelayEntry> released = new ArrayList<>();
    private final LeaderLanes<RelayEntry> lanes = new LeaderLanes<>(
            new LeaderLanes.Effects<>() {
                @Override
                public void release(Ticket<RelayEntry> ticket) {}

                @Override
                public void refuse(Ticket<RelayEntry> ticket, RelayError error) {}
            },
            1);

    @Test
    void lanesOfOneClientShareRequestsAndKeepTheirOrder() {
        release("client", 1, 0, "a1", "a2", "a3");
        release("client", 2, 1, "b1", "b2");
        release("client", 3, 2, "c1");

        assertThat(planned()).containsExactly(List.of("a1,b1,c1", "a2,b2", "a3"));
    }

    @Test
    void twoLanesOfOnePartitionNeverShareARequest() {
        release("client", 1, 0, "a1", "a2");
        release("client", 2, 0, "b1");
        release("client", 3, 1, "c1");

        assertThat(planned()).containsExactly(List.of("a1,c1", "a2", "b1"));
    }

    @Test
    void clientsHaveRunsOfTheirOwn() {
        release("one", 1, 0, "a1", "a2");
        release("other", 2, 1, "b1", "b2");

        assertThat(planned()).containsExactly(List.of("a1", "a2"), List.of("b1", "b2"));
    }

    @Test
    void aLaneStaysInOneRunWhenItsClientSaysSomethingElse() {
        release("client", 1, 0, "a1");
        release("client with another time limit", 1, 0, "a2");
        release("client", 1, 0, "a3");

        assertThat(planned()).containsExactly(List.of("a1", "a2", "a3"));
    }

    @Test
    void whatCouldFailItsNeighboursGoesAlone() {
        release("client", 1, 0, "a1");
        add("client", 2, 1, "not a batch", new byte[10]);
        release("client", 3, 2, "c1");

        assertThat(planned()).containsExactly(List.of("a1,c1", "not a batch"));
    }

    private void release(String client, long lane, int partition, String... entries) {
        for (String entry : entries) {
            add(
                    client,
                    lane,
                    partition,
                    entry,
                    ByteBuffer.allocate(61).putInt(8, 49).put(16, (byte) 2).array());
        }
    }

    private void add(String client, long lane, int partition, String name, byte[] bytes) {
        ProduceContext context = new ProduceContext(ALL, 1000, (short) 12, null, "User", "u", client, "127.0.0.1");
        RelayEntry entry = new RelayEntry(
                null,
                1,
                names.size(),
                new AppendGroup(context, List.of()),
                new RelayEntry.Target(TOPIC, partition, Sequence.FIRST));
        entry.bytes(bytes);
        entry.enter(lanes.add(new LaneKey("proxy", 1, lane), 0, entry, 0));
        names.put(entry, name);
        released.add(entry);
    }

    private List<List<String>> planned() {
        return ProduceRequestPlanner.of(released).stream()
                .map(run -> run.stream()
                        .map(request -> String.join(
                                ",", request.stream().map(names::get).toList()))
                        .toList())
                .toList();
    }
}
