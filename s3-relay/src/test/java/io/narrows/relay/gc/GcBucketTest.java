package io.narrows.relay.gc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.store.MemoryObjectStore;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

final class GcBucketTest {
    private static final WriterIncarnation PROXY = new WriterIncarnation("proxy-a1", 0x0198a2b3c4d5e6f7L);
    private static final WriterIncarnation BROKER = new WriterIncarnation("broker-1", 42);
    private static final Round ROUND = new Round(
            0x1f2e3d4c5b6a7988L,
            1,
            Round.State.OPEN,
            1_764_000_000_000L,
            900_000,
            Floors.of(Map.of(
                    PROXY,
                    new Floors.Floor(301, 1_764_000_000_000L),
                    BROKER,
                    new Floors.Floor(7, 1_763_999_000_000L))));

    private final ManualLoop loop = new ManualLoop(0);
    private final MemoryObjectStore store = new MemoryObjectStore();
    private final GcBucket bucket = new GcBucket(store, loop);

    @Test
    void roundsAndAnswersAreTheGoldenBytes() throws IOException {
        done(bucket.write(ROUND));
        done(bucket.write(answer()));
        done(bucket.claim("Zk1cU2qOQ0m5hXw9TgT0bA"));
        assertThat(content("gc/rounds/1")).isEqualTo(golden("gc-round-v1.txt"));
        assertThat(content("gc/answers/3")).isEqualTo(golden("gc-answer-v1.txt"));
        assertThat(content("gc/cluster")).isEqualTo(golden("gc-cluster-v1.txt"));
    }

    @Test
    void whatIsWrittenIsRead() {
        done(bucket.write(ROUND));
        done(bucket.write(answer()));
        assertThat(result(bucket.newRound(1, 0))).contains(ROUND);
        assertThat(result(bucket.newRound(1, ROUND.id()))).isEmpty();
        assertThat(result(bucket.newRound(2, 0))).isEmpty();
        assertThat(result(bucket.rounds())).containsExactly(ROUND);
        Answer read = result(bucket.answer(3, ROUND.id())).orElseThrow();
        assertThat(GcText.of(read)).isEqualTo(GcText.of(answer()));
        assertThat(read.account().refersTo(PROXY.object(299))).isTrue();
        assertThat(read.account().refersTo(PROXY.object(300))).isFalse();
        assertThat(result(bucket.answer(3, ROUND.id() + 1))).isEmpty();
        assertThat(result(bucket.cluster())).isEqualTo(Optional.empty());
    }

    @Test
    void everyDamagedByteAndEveryCutIsNoticed() {
        done(bucket.write(answer()));
        byte[] sound = content("gc/answers/3").getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < sound.length; i++) {
            byte[] damaged = sound.clone();
            damaged[i] ^= 1;
            put(damaged);
            assertThatThrownBy(() -> result(bucket.answer(3))).as("byte %d", i).isInstanceOf(RuntimeException.class);
        }
        for (int length = 0; length < sound.length; length++) {
            put(Arrays.copyOf(sound, length));
            assertThatThrownBy(() -> result(bucket.answer(3))).isInstanceOf(RuntimeException.class);
        }
    }

    @Test
    void linesThatAreNotKnownAreRefused() {
        for (String text : new String[] {
            "",
            "\n",
            "round\n",
            "answer 0000000000000001 1 READY 5\n",
            "answer 0000000000000001 1 HAPPY 5\nbrokers 1\n",
            "answer 0000000000000001 1 READY 5\nbrokers 1\nkept proxy 1 t-0 5-4\n",
            "answer 0000000000000001 1 READY 5\nbrokers 1\nkept Proxy 1 t-0 5\n",
            "answer 0000000000000001 1 READY 5\nbrokers 1\nkept proxy 1 t-0 -1\n",
            "answer 0000000000000001 1 READY 5\nbrokers 1\nalso proxy 1 t-0 5\n",
            "answer 0000000000000001 1 READY 5\nbrokers \n"
        }) {
            assertThatThrownBy(() -> GcText.answer(text)).as(text).isInstanceOfAny(MalformedGcObjectException.class);
        }
    }

    private static Answer answer() {
        Account account = new Account();
        SequenceSet ranges = new SequenceSet();
        ranges.add(12);
        ranges.add(20, 299);
        account.add(PROXY, ranges, "orders-3");
        return new Answer(ROUND.id(), 3, Answer.State.READY, 900_000, Set.of(1, 2, 3), account);
    }

    private void put(byte[] bytes) {
        var unused = store.put("gc/answers/3", Unpooled.wrappedBuffer(bytes));
    }

    private String content(String key) {
        long size = result(store.head(key)).sizeBytes();
        ByteBuf bytes = result(store.get(key, 0, (int) size));
        try {
            return bytes.toString(StandardCharsets.US_ASCII);
        } finally {
            bytes.release();
        }
    }

    private static String golden(String name) throws IOException {
        try (InputStream in = GcBucketTest.class.getResourceAsStream("/formats/" + name)) {
            assertThat(in).as(name).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private void done(CompletableFuture<Void> future) {
        assertThat((Object) result(future.thenApply(done -> true))).isEqualTo(true);
    }

    private <T> T result(CompletableFuture<T> future) {
        loop.runPending();
        try {
            return future.getNow(null);
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }
}
