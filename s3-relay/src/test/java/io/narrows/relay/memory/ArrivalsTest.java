package io.narrows.relay.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that pay for their bytes as these come. */
final class ArrivalsTest {
    private static final long MEMORY = 1_000;

    private final List<String> grown = new ArrayList<>();

    @Test
    void whatIsAnnouncedAndNotSentTakesNothing() {
        ClientMemory memory = ClientMemory.of(MEMORY);
        ClientMemory.Arrival first = memory.open("first").arrive(900);
        ClientMemory.Arrival second = memory.open("second").arrive(900);
        assertThat(first.tryGrow(10)).isTrue();
        assertThat(second.tryGrow(10)).isTrue();
        assertThat(memory.usedBytes()).isEqualTo(20);
        assertThat(memory.open("third").tryEnter(700)).isTrue();
        first.end();
        second.end();
        assertThat(memory.usedBytes()).isEqualTo(700);
    }

    @Test
    void halfReceivedRequestsNeverHoldWhatTheOldestNeedsForItsEnd() {
        ClientMemory memory = ClientMemory.of(MEMORY);
        ClientMemory.ClientQuota a = memory.open("a");
        ClientMemory.ClientQuota b = memory.open("b");
        ClientMemory.Arrival first = a.arrive(600);
        ClientMemory.Arrival second = b.arrive(600);
        assertThat(first.tryGrow(300)).isTrue();
        assertThat(second.tryGrow(400)).isTrue();
        assertThat(second.tryGrow(1)).as("the first may need the rest").isFalse();
        ClientMemory.Waiter unused = second.enterLater(200, () -> grown.add("second"));
        assertThat(first.tryGrow(300)).isTrue();
        first.complete();
        assertThat(grown).as("the memory is full").isEmpty();
        a.leave(600);
        assertThat(grown).containsExactly("second");
        second.complete();
        b.leave(600);
        assertThat(memory.usedBytes()).isZero();
        assertThat(memory.activeClients()).isZero();
    }

    @Test
    void whenTheOldestLeavesTheNextMayGoOn() {
        ClientMemory memory = ClientMemory.of(MEMORY);
        ClientMemory.Arrival first = memory.open("a").arrive(MEMORY);
        ClientMemory.Arrival second = memory.open("b").arrive(500);
        assertThat(first.tryGrow(300)).isTrue();
        assertThat(second.tryGrow(1)).as("the first may need all of the memory").isFalse();
        ClientMemory.Waiter unused = second.enterLater(500, () -> grown.add("second"));
        first.end();
        assertThat(grown).containsExactly("second");
    }

    @Test
    void aHostHasALimitOverAllItsClients() {
        ClientMemory memory = new ClientMemory(new ClientMemory.Limits(MEMORY, 10, 500, 600));
        assertThat(memory.open("host", "host/a").tryEnter(500)).isTrue();
        assertThat(memory.open("host", "host/b").tryEnter(101)).isFalse();
        assertThat(memory.open("other", "other/a").tryEnter(250)).isTrue();
    }

    @Test
    void theLastQuarterIsSharedByHostsToo() {
        ClientMemory memory = ClientMemory.of(MEMORY);
        List<ClientMemory.ClientQuota> many = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ClientMemory.ClientQuota account = memory.open("host", "host/" + i);
            many.add(account);
            assertThat(account.tryEnter(37)).isTrue();
        }
        ClientMemory.ClientQuota other = memory.open("other", "other/a");
        assertThat(other.tryEnter(40)).isTrue();
        assertThat(memory.open("host", "host/new").tryEnter(40))
                .as("the host has more than its half")
                .isFalse();
        assertThat(many).hasSize(20);
    }

    @Test
    void aCancelledStepGivesNothingBackTwice() {
        ClientMemory memory = ClientMemory.of(MEMORY);
        ClientMemory.ClientQuota holder = memory.open("holder");
        assertThat(holder.tryEnter(950)).isTrue();
        ClientMemory.Arrival arrival = memory.open("client").arrive(500);
        assertThat(arrival.tryGrow(50)).isTrue();
        List<Runnable> tasks = new ArrayList<>();
        MemoryClaim claim = MemoryClaim.await(arrival, 100, tasks::add, () -> grown.add("granted"));
        holder.leave(950);
        assertThat(memory.usedBytes()).isEqualTo(150);
        claim.cancel();
        arrival.end();
        tasks.forEach(Runnable::run);
        assertThat(grown).isEmpty();
        assertThat(memory.usedBytes()).isZero();
    }

    /** Whatever comes in whatever steps: the bound holds, and each request that goes on sending comes to its end. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyRequestComesToItsEnd(long seed) {
        Random random = new Random(seed);
        ClientMemory memory = new ClientMemory(new ClientMemory.Limits(MEMORY, 20, 400, 700));
        List<Sender> open = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            if (open.size() < 30 && random.nextInt(4) == 0) {
                open.add(new Sender(memory, random));
            } else if (!open.isEmpty()) {
                open.get(random.nextInt(open.size())).step(random);
            }
            open.removeIf(sender -> sender.gone);
            assertThat(memory.usedBytes()).as("seed %d", seed).isLessThanOrEqualTo(MEMORY);
            assertThat(memory.usedBytes())
                    .isEqualTo(open.stream().mapToLong(sender -> sender.held).sum());
        }
        for (int round = 0; !open.isEmpty(); round++) {
            assertThat(round).as("seed %d: rounds until all have ended", seed).isLessThan(2_000);
            List.copyOf(open).forEach(sender -> sender.goOn(random));
            open.removeIf(sender -> sender.gone);
        }
        assertThat(memory.usedBytes()).isZero();
        assertThat(memory.waiting()).isZero();
        assertThat(memory.activeClients()).isZero();
    }

    /** Sends one request, waits for its answer, and may leave at any time. */
    private static final class Sender {
        private final ClientMemory.ClientQuota account;
        private final ClientMemory.Arrival arrival;
        private final long total;
        private ClientMemory.Waiter waiter;
        private long held;
        private boolean complete;
        private boolean gone;

        Sender(ClientMemory memory, Random random) {
            String host = "host-" + random.nextInt(3);
            account = memory.open(host, host + "/" + random.nextInt(3));
            total = 1 + random.nextInt(random.nextInt(10) == 0 ? (int) MEMORY : 200);
            arrival = account.arrive(total);
        }

        void step(Random random) {
            if (complete || random.nextInt(200) > 0) {
                goOn(random);
                return;
            }
            if (waiter != null) {
                waiter.cancel();
            }
            held = 0;
            arrival.end();
            leave();
        }

        void goOn(Random random) {
            if (complete) {
                held = 0;
                account.leave(total);
                leave();
            } else if (waiter == null) {
                long more = Math.min(total - held, 1 + random.nextInt(150));
                if (arrival.tryGrow(more)) {
                    grown(more);
                } else {
                    boolean[] atOnce = {false};
                    ClientMemory.Waiter waits = arrival.enterLater(more, () -> {
                        atOnce[0] = true;
                        waiter = null;
                        grown(more);
                    });
                    waiter = atOnce[0] ? null : waits;
                }
            }
        }

        private void grown(long more) {
            held += more;
            if (held == total) {
                complete = true;
                arrival.complete();
            }
        }

        private void leave() {
            gone = true;
            account.close();
        }
    }
}
