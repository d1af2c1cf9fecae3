package io.narrows.bench.jmh;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.ProduceContext;
import io.narrows.relay.rpc.RelayError;
import io.narrows.router.lane.ArrivalContext;
import io.narrows.router.lane.Completion;
import io.narrows.router.lane.Lane;
import io.narrows.router.lane.LaneAccount;
import io.narrows.router.lane.LaneActions;
import io.narrows.router.lane.LaneEntry;
import io.narrows.router.lane.LaneStopReason;
import io.narrows.router.lane.ProducerSequence;
import io.narrows.router.lane.SentForm;
import io.narrows.router.produce.ProduceAttribution;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** One batch through a proxy's lane: added, ready, sent, answered; and the same without and with its attribution. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LaneBenchmark {
    private static final int LEADER = 1;

    private final ProduceContext context =
            new ProduceContext((short) -1, 30_000, (short) 12, null, "User", "ANONYMOUS", "client", "127.0.0.1");
    private final EntryResult success =
            new EntryResult(0, RelayError.NONE, (short) 0, 1, -1, 0, 0, -1, -1, null, List.of());
    private final LaneEntry.Origin origin = new LaneEntry.Origin() {};
    private final ByteBuf bytes = Unpooled.directBuffer(64).writeZero(64);
    private final LaneAccount account = new ProduceAttribution(new MetricRegistry()).account("topic", "client");
    private final Effects effects = new Effects();
    private static final ArrivalContext WAY = new ArrivalContext("a connection", 1, false, false);

    private final Lane lane = new Lane(new Lane.Identity(1, new UUID(1, 2), "topic", 0), () -> 5, effects, account);

    /** Whether the batch is counted for its topic and its client, as the router does it. */
    @Param({"false", "true"})
    boolean attributed;

    private long now;

    @Benchmark
    public long throughLane() {
        now++;
        LaneEntry entry = new LaneEntry(
                lane,
                new LaneEntry.Payload(bytes.retain(), 7, new ProducerSequence(42, (short) 0, 0)),
                context,
                origin,
                0,
                new LaneEntry.Times(now, now + 1_000_000));
        lane.add(entry, WAY);
        lane.onReady(entry, null);
        if (effects.searching) {
            effects.searching = false;
            lane.onLeader(LEADER);
        }
        lane.onResult(entry, success);
        if (attributed) {
            entry.lane().account().answered(SentForm.STAGED, entry.lengthBytes());
        }
        return effects.completed;
    }

    /** Takes everything and counts. */
    private static final class Effects implements LaneActions {
        private boolean searching;
        private long completed;

        @Override
        public boolean send(LaneEntry entry, int leaderId) {
            return true;
        }

        @Override
        public void search(Lane lane, LaneStopReason stop) {
            searching = true;
        }

        @Override
        public void complete(LaneEntry entry, Completion completion) {
            completed++;
        }

        @Override
        public void settle(LaneEntry entry) {}

        @Override
        public void unreadable(WalObjectId object) {}

        @Override
        public void late(LaneEntry entry) {}
    }
}
