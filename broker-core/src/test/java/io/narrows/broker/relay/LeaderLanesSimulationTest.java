package io.narrows.broker.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.relay.LeaderLanes.Answer;
import io.narrows.broker.relay.LeaderLanes.LaneKey;
import io.narrows.broker.relay.LeaderLanes.Ticket;
import io.narrows.relay.rpc.RelayError;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Writers that keep the proxy's rules against lanes whose entries become ready, fail, are appended and answered in a
 * random order. Fault model: slow and failed loads, refused appends with the rest of their run coming back before or after
 * the answer, answers before the append is reported, leadership that comes and goes, replaced connections with unread
 * entries. A seed replays.
 */
final class LeaderLanesSimulationTest {
    static LongStream seeds() {
        Long seed = Long.getLong("sim.seed");
        return seed != null ? LongStream.of(seed) : LongStream.range(0, Integer.getInteger("sim.runs", 300));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void entriesAreAppendedInOrderAndEndOnce(long seed) {
        new Run(new Random(seed)).run();
    }

    /** One entry on its way: its number in the lane and the epoch it was sent in. */
    private record Sent(Proxy lane, int number, int epoch) {}

    /** The proxy's side of a lane: sends in order, at most five unanswered; stops, drains and raises its epoch. */
    private static final class Proxy {
        private final LaneKey key;
        private final List<Integer> appended = new ArrayList<>();
        private int next;
        private int firstUnfinished;
        private int unanswered;
        private int epoch;
        private boolean stopped;
        private final Map<Integer, Boolean> finished = new HashMap<>();

        private Proxy(LaneKey key) {
            this.key = key;
        }
    }

    private static final class Run implements LeaderLanes.Effects<Sent> {
        private final Random random;
        private final LeaderLanes<Sent> lanes = new LeaderLanes<>(this, 1000);
        private final List<Proxy> proxies = new ArrayList<>();
        private final List<Ticket<Sent>> loading = new ArrayList<>();
        private final List<Ticket<Sent>> appended = new ArrayList<>();
        private final Map<Proxy, ArrayDeque<Ticket<Sent>>> inProducePath = new HashMap<>();
        private final List<Runnable> effects = new ArrayList<>();
        private long now;

        private Run(Random random) {
            this.random = random;
            for (int i = 0; i < 4; i++) {
                proxies.add(new Proxy(new LaneKey("writer-" + i % 2, 1, i)));
            }
        }

        private void run() {
            for (int step = 0; step < 2000; step++) {
                step();
            }
            for (int round = 0; round < 10_000 && !drained(); round++) {
                load(true);
                proxies.forEach(proxy -> append(proxy, true));
                answer(true);
                proxies.forEach(this::resume);
            }
            assertThat(drained()).as("every entry ends").isTrue();
            for (Proxy proxy : proxies) {
                assertThat(proxy.unanswered).isZero();
                checkOrder(proxy);
            }
        }

        private void step() {
            now++;
            Proxy proxy = proxies.get(random.nextInt(proxies.size()));
            switch (random.nextInt(20)) {
                case 0 -> reconnect(proxy.key.writer());
                case 1 -> lanes.sweep(now);
                case 2, 3, 4, 5, 6, 7 -> send(proxy);
                case 8, 9, 10, 11 -> load(random.nextInt(12) != 0);
                case 12, 13, 14, 15 -> append(proxy, random.nextInt(12) != 0);
                default -> answer(random.nextInt(12) != 0);
            }
            runEffects();
            proxies.forEach(this::resume);
        }

        private boolean drained() {
            return loading.isEmpty()
                    && inProducePath.values().stream().allMatch(ArrayDeque::isEmpty)
                    && appended.isEmpty();
        }

        private void send(Proxy proxy) {
            if (!proxy.stopped && proxy.unanswered < 5) {
                proxy.unanswered++;
                Sent sent = new Sent(proxy, proxy.next++, proxy.epoch);
                loading.add(lanes.add(proxy.key, proxy.epoch, sent, now));
            }
        }

        private void resume(Proxy proxy) {
            if (proxy.stopped && proxy.unanswered == 0) {
                proxy.stopped = false;
                proxy.epoch++;
                while (proxy.finished.containsKey(proxy.firstUnfinished)) {
                    proxy.firstUnfinished++;
                }
                proxy.next = proxy.firstUnfinished;
            }
        }

        /** The writer loses its connection: it will not see the answers of what it has sent. */
        private void reconnect(String writer) {
            lanes.fence(writer, now);
            runEffects();
            for (Proxy proxy : proxies) {
                if (proxy.key.writer().equals(writer)) {
                    proxy.stopped = true;
                    proxy.unanswered = 0;
                    proxy.epoch++;
                }
            }
        }

        private void load(boolean well) {
            loading.removeIf(Ticket::isDone);
            if (!loading.isEmpty()) {
                Ticket<Sent> ticket = loading.remove(random.nextInt(loading.size()));
                if (well) {
                    lanes.ready(ticket, now);
                } else {
                    lanes.failed(ticket, RelayError.OBJECT_UNREADABLE, now);
                }
            }
            runEffects();
        }

        private void append(Proxy proxy, boolean well) {
            ArrayDeque<Ticket<Sent>> run = inProducePath.getOrDefault(proxy, new ArrayDeque<>());
            if (run.isEmpty()) {
                return;
            }
            if (run.peek().isRecalled() && random.nextBoolean()) {
                comeBack(run);
                return;
            }
            Ticket<Sent> ticket = run.remove();
            if (well) {
                proxy.appended.add(ticket.entry().number());
                appended.add(ticket);
                if (random.nextInt(4) != 0) {
                    lanes.appended(ticket, now);
                }
            } else {
                boolean answerFirst = random.nextBoolean();
                if (!answerFirst) {
                    comeBack(run);
                }
                result(ticket, random.nextBoolean() ? Answer.RESEND : Answer.FINAL);
                if (answerFirst) {
                    comeBack(run);
                }
            }
            runEffects();
        }

        private void comeBack(ArrayDeque<Ticket<Sent>> run) {
            List<Ticket<Sent>> untried = List.copyOf(run);
            run.clear();
            lanes.returned(untried, now);
            runEffects();
        }

        private void answer(boolean well) {
            if (!appended.isEmpty()) {
                Ticket<Sent> ticket = appended.remove(random.nextInt(appended.size()));
                result(ticket, well ? Answer.FINAL : Answer.RESEND);
            }
            runEffects();
        }

        private void result(Ticket<Sent> ticket, Answer answer) {
            told(ticket.entry(), answer);
            lanes.answered(ticket, answer, now);
        }

        private void told(Sent sent, Answer answer) {
            Proxy proxy = sent.lane();
            if (sent.epoch() != proxy.epoch) {
                return;
            }
            proxy.unanswered--;
            if (answer == Answer.FINAL) {
                proxy.finished.put(sent.number(), true);
            } else {
                proxy.stopped = true;
            }
        }

        @Override
        public void release(Ticket<Sent> ticket) {
            Sent sent = ticket.entry();
            ArrayDeque<Ticket<Sent>> run = inProducePath.computeIfAbsent(sent.lane(), lane -> new ArrayDeque<>());
            if (!run.isEmpty()) {
                assertThat(run.getLast().entry().number())
                        .as("a run is in the order of its lane")
                        .isLessThan(sent.number());
            }
            run.add(ticket);
        }

        @Override
        public void refuse(Ticket<Sent> ticket, RelayError error) {
            assertThat(ticket.isDone()).isTrue();
            effects.add(() -> told(ticket.entry(), Answer.RESEND));
        }

        private void runEffects() {
            List.copyOf(effects).forEach(Runnable::run);
            effects.clear();
        }

        /**
         * Re-sent entries may be in the log again (producers with an id are deduplicated there), but the first
         * appearances are in order: an entry never gets in before one that was sent before it.
         */
        private static void checkOrder(Proxy proxy) {
            int seen = -1;
            for (int number : proxy.appended) {
                if (!proxy.finished.isEmpty() && number > seen + 1) {
                    for (int skipped = seen + 1; skipped < number; skipped++) {
                        assertThat(proxy.finished)
                                .as("entry %d was overtaken by %d", skipped, number)
                                .containsKey(skipped);
                    }
                }
                seen = Math.max(seen, number);
            }
        }
    }
}
