package io.narrows.relay.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ClientMemoryTest {
    private static final long MEMORY = 1_000;

    private final List<String> entered = new ArrayList<>();

    private static ClientMemory memory(int requests, long bytes) {
        return new ClientMemory(new ClientMemory.Limits(MEMORY, requests, bytes));
    }

    private static int fill(ClientMemory.ClientQuota account, long bytes) {
        int count = 0;
        while (account.tryEnter(bytes)) {
            count++;
        }
        return count;
    }

    @Test
    void aClientThatFillsTheMemoryLeavesRoomForOneThatAsksForLittle() {
        ClientMemory memory = ClientMemory.of(MEMORY);
        ClientMemory.ClientQuota big = memory.open("big");
        ClientMemory.ClientQuota small = memory.open("small");
        assertThat(fill(big, 50) * 50).isEqualTo(1_000);
        for (int i = 0; i < 5; i++) {
            big.leave(50);
        }
        assertThat(small.tryEnter(10)).isTrue();
        assertThat(fill(big, 50))
                .as("beyond its half there is nothing for it now")
                .isZero();
        for (int i = 0; i < 24; i++) {
            assertThat(small.tryEnter(10)).isTrue();
        }
        assertThat(memory.usedBytes()).isEqualTo(1_000);
        assertThat(small.tryEnter(10)).isFalse();
    }

    @Test
    void whatEachConnectionAsksForFitsIntoWhatTheClientMayHold() {
        ClientMemory memory = memory(10, 600);
        ClientMemory.ClientQuota first = memory.open("client");
        assertThat(first.bytesPerConnection()).isEqualTo(600);
        ClientMemory.ClientQuota second = memory.open("client");
        assertThat(second.bytesPerConnection()).isEqualTo(300);

        ClientMemory.ClientQuota other = memory.open("other");
        assertThat(other.tryEnter(1)).isTrue();
        assertThat(second.bytesPerConnection()).as("half of the memory").isEqualTo(250);
        assertThat(first.tryEnter(250) && second.tryEnter(250)).isTrue();
        assertThat(second.bytesPerConnection()).isEqualTo(250);

        second.close();
        other.leave(1);
        assertThat(first.bytesPerConnection()).isEqualTo(600);
    }

    @Test
    void manyConnectionsOfAClientCountAsOne() {
        ClientMemory memory = memory(3, 500);
        ClientMemory.ClientQuota first = memory.open("client");
        ClientMemory.ClientQuota second = memory.open("client");
        assertThat(first.tryEnter(100)).isTrue();
        assertThat(second.tryEnter(100)).isTrue();
        assertThat(second.tryEnter(301)).as("more bytes than a client may have").isFalse();
        assertThat(first.tryEnter(100)).isTrue();
        assertThat(second.tryEnter(1))
                .as("more requests than a client may have")
                .isFalse();
        assertThat(memory.open("other").tryEnter(1)).isTrue();
    }

    @Test
    void aRequestLargerThanTheLimitsComesThroughAlone() {
        ClientMemory memory = memory(10, 100);
        ClientMemory.ClientQuota client = memory.open("client");
        assertThat(client.tryEnter(MEMORY)).isTrue();
        assertThat(client.tryEnter(1)).isFalse();
    }

    @Test
    void whoWaitsIsLetInClientByClientInTurn() {
        ClientMemory memory = ClientMemory.of(MEMORY);
        ClientMemory.ClientQuota holder = memory.open("holder");
        assertThat(holder.tryEnter(MEMORY)).isTrue();
        ClientMemory.ClientQuota big = memory.open("big");
        ClientMemory.ClientQuota small = memory.open("small");
        for (int i = 0; i < 5; i++) {
            String name = "big " + i;
            ClientMemory.Waiter unused = big.enterLater(300, () -> entered.add(name));
        }
        ClientMemory.Waiter waits = small.enterLater(300, () -> entered.add("small"));
        holder.leave(MEMORY);
        assertThat(entered).containsExactly("big 0", "small");
        big.leave(300);
        assertThat(entered).containsExactly("big 0", "small", "big 1");
        waits.cancel();
        small.leave(300);
        assertThat(entered).as("alone it may have all").containsExactly("big 0", "small", "big 1", "big 2", "big 3");
    }

    @Test
    void aLargeRequestIsNotOvertakenForEver() {
        ClientMemory memory = ClientMemory.of(MEMORY);
        ClientMemory.ClientQuota small = memory.open("small");
        assertThat(small.tryEnter(10)).isTrue();
        ClientMemory.Waiter unused = memory.open("large").enterLater(MEMORY, () -> entered.add("large"));
        int overtook = 0;
        while (overtook < 10_000 && small.tryEnter(10)) {
            overtook++;
            small.leave(10);
        }
        assertThat(overtook).isLessThan(10_000);
        assertThat(entered).isEmpty();
        small.leave(10);
        assertThat(entered).containsExactly("large");
    }

    @Test
    void oneThatWaitsNoMoreLetsOthersIn() {
        ClientMemory memory = ClientMemory.of(MEMORY);
        ClientMemory.ClientQuota client = memory.open("client");
        assertThat(client.tryEnter(500)).isTrue();
        ClientMemory.Waiter large = client.enterLater(900, () -> entered.add("large"));
        ClientMemory.Waiter unused = client.enterLater(100, () -> entered.add("small"));
        assertThat(entered).isEmpty();
        large.cancel();
        assertThat(entered).containsExactly("small");
        assertThat(memory.waiting()).isZero();
    }

    /** Whatever comes and goes: the bound holds, every waiting client gets in, and nothing is left over. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void memoryIsNeverExceededAndNoClientWaitsPermanently(long seed) {
        Random random = new Random(seed);
        ClientMemory memory = memory(20, 400);
        Map<String, Long> held = new HashMap<>();
        List<Runnable> releases = new ArrayList<>();
        int[] waiting = {0};
        for (int step = 0; step < 20_000; step++) {
            if (random.nextInt(3) > 0) {
                String name = "client-" + random.nextInt(6);
                ClientMemory.ClientQuota account = memory.open(name);
                long bytes = 1 + random.nextInt(name.equals("client-0") ? 900 : 60);
                Runnable onEntered = () -> {
                    held.merge(name, bytes, Long::sum);
                    releases.add(() -> {
                        held.merge(name, -bytes, Long::sum);
                        account.leave(bytes);
                        account.close();
                    });
                };
                if (account.tryEnter(bytes)) {
                    onEntered.run();
                } else {
                    waiting[0]++;
                    ClientMemory.Waiter unused = account.enterLater(bytes, () -> {
                        waiting[0]--;
                        onEntered.run();
                    });
                }
            } else if (!releases.isEmpty()) {
                releases.remove(random.nextInt(releases.size())).run();
            }
            assertThat(memory.usedBytes()).isLessThanOrEqualTo(MEMORY);
            assertThat(memory.usedBytes())
                    .isEqualTo(held.values().stream().mapToLong(Long::longValue).sum());
            assertThat(memory.waiting()).isEqualTo(waiting[0]);
        }
        while (!releases.isEmpty()) {
            releases.remove(random.nextInt(releases.size())).run();
        }
        assertThat(memory.waiting()).isZero();
        assertThat(memory.usedBytes()).isZero();
        assertThat(memory.activeClients()).isZero();
    }
}
