package io.narrows.broker.gc.collector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.store.ForwardingObjectStore;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.PutCondition;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

final class GcBucketTest {
    private static final WriterIncarnation PROXY = new WriterIncarnation("proxy-a1", 0x0198a2b3c4d5e6f7L);
    private static final WriterIncarnation BROKER = new WriterIncarnation("broker-1", 42);
    private static final GcRound ROUND = new GcRound(
            0x1f2e3d4c5b6a7988L,
            1,
            GcRound.State.OPEN,
            1_764_000_000_000L,
            900_000,
            Floors.of(Map.of(
                    PROXY,
                    new Floors.Floor(301, 1_764_000_000_000L),
                    BROKER,
                    new Floors.Floor(7, 1_763_999_000_000L))));

    private static final String CLUSTER = "Zk1cU2qOQ0m5hXw9TgT0bA";
    private static final String ANSWER = "answer 0000000000000001 1 READY 5 0\n";

    private final ManualLoop loop = new ManualLoop(0);
    private final MemoryObjectStore store = new MemoryObjectStore();
    private final GcBucket bucket = new GcBucket(store, loop);

    @Test
    void roundsAndAnswersAreTheGoldenBytes() throws IOException {
        result(bucket.write(ROUND));
        result(bucket.write(answer(), PutCondition.absent()));
        result(bucket.claim(CLUSTER));
        assertThat(content("gc/rounds/1")).isEqualTo(golden("gc-round-v2.txt"));
        assertThat(content("gc/answers/3")).isEqualTo(golden("gc-answer-v2.bin"));
        assertThat(content("gc/cluster")).isEqualTo(golden("gc-cluster-v2.txt"));
    }

    @Test
    void roundsAndOwnersOfVersionOneAreRead() throws IOException {
        put("gc/rounds/1", golden("gc-round-v1.txt").getBytes(StandardCharsets.ISO_8859_1));
        put("gc/cluster", golden("gc-cluster-v1.txt").getBytes(StandardCharsets.ISO_8859_1));
        put("gc/answers/3", golden("gc-answer-v1.txt").getBytes(StandardCharsets.ISO_8859_1));
        assertThat(result(bucket.newRound(1, 0))).contains(ROUND);
        assertThat(result(bucket.cluster())).contains(CLUSTER);
        assertThatThrownBy(() -> result(bucket.answer(3))).isInstanceOf(MalformedGcObjectException.class);
    }

    @Test
    void theFirstClaimWinsAndTheSecondLearnsOfIt() {
        assertThat(result(bucket.claim("first"))).isEqualTo("first");
        assertThat(result(bucket.claim("second"))).isEqualTo("first");
    }

    @Test
    void anAnswerIsNotReplacedByAProcessThatHasNotSeenIt() {
        ObjectInfo first = result(bucket.write(answer(), PutCondition.absent()));
        assertThatThrownBy(() -> result(bucket.write(answer(), PutCondition.absent())))
                .isInstanceOf(ObjectStoreException.class);
        result(bucket.write(answer(), PutCondition.matches(first.etag())));
        assertThatThrownBy(() -> result(bucket.write(answer(), PutCondition.matches(first.etag()))))
                .isInstanceOf(ObjectStoreException.class);
    }

    /** The response is lost, and the client of the store repeats the PUT: the round must not look younger than answers to it. */
    @Test
    void aRoundIsWrittenOnceHoweverOftenItsPutIsRepeated() {
        List<CompletableFuture<?>> repeats = new ArrayList<>();
        GcBucket lossy = new GcBucket(
                new ForwardingObjectStore(store) {
                    @Override
                    public CompletableFuture<String> putIf(String key, ByteBuf body, PutCondition condition) {
                        ByteBuf again = body.copy();
                        return super.putIf(key, body, condition).thenCompose(lost -> {
                            CompletableFuture<String> repeat = super.putIf(key, again, condition);
                            repeats.add(repeat);
                            return repeat;
                        });
                    }

                    @Override
                    public CompletableFuture<Void> put(String key, ByteBuf body) {
                        ByteBuf again = body.copy();
                        return super.put(key, body).thenCompose(lost -> {
                            CompletableFuture<Void> repeat = super.put(key, again);
                            repeats.add(repeat);
                            return repeat;
                        });
                    }
                },
                loop);

        long roundMs = result(lossy.write(ROUND));

        assertThat(repeats).hasSize(1).allMatch(CompletableFuture::isCompletedExceptionally);
        assertThat(result(bucket.writtenMs(ROUND))).isEqualTo(roundMs);
        assertThat(result(bucket.newRound(1, 0))).contains(ROUND);
    }

    @Test
    void aRoundHasTheFloorsOfTheOneThatItReplaces() {
        result(bucket.write(ROUND));
        Floors fewer = Floors.of(Map.of(PROXY, new Floors.Floor(300, 1_764_000_000_001L)));

        result(bucket.write(new GcRound(5, ROUND.collector(), GcRound.State.OPEN, 0, 900_000, fewer)));

        GcRound written = result(bucket.newRound(1, 0)).orElseThrow();
        assertThat(written.id()).isEqualTo(5);
        assertThat(written.floors()).isEqualTo(ROUND.floors().merge(fewer));
    }

    @Test
    void theRoundOfAnotherProcessIsNotTakenForOnesOwn() {
        GcRound other = new GcRound(5, ROUND.collector(), GcRound.State.OPEN, 0, 900_000, Floors.NONE);
        GcBucket contested = new GcBucket(
                new ForwardingObjectStore(store) {
                    @Override
                    public CompletableFuture<String> putIf(String key, ByteBuf body, PutCondition condition) {
                        long unused = result(bucket.write(other));
                        return super.putIf(key, body, condition);
                    }
                },
                loop);

        assertThatThrownBy(() -> result(contested.write(ROUND)))
                .hasMessageContaining("another process writes rounds as broker 1");
        assertThat(result(bucket.newRound(1, 0))).contains(other);
    }

    @Test
    void anAnswerThatWasReplacedMeanwhileIsNotTakenForOnesOwn() {
        GcBucket contested = new GcBucket(
                new ForwardingObjectStore(store) {
                    @Override
                    public CompletableFuture<String> putIf(String key, ByteBuf body, PutCondition condition) {
                        return super.putIf(key, body, condition)
                                .thenCompose(etag -> put(key, Unpooled.wrappedBuffer(new byte[100]))
                                        .thenApply(done -> etag));
                    }
                },
                loop);

        assertThatThrownBy(() -> result(contested.write(answer(), PutCondition.absent())))
                .hasMessageContaining("was replaced by another process");
    }

    @Test
    void aStoreThatIgnoresConditionsIsNamed() {
        result(bucket.probeConditions(1).thenApply(done -> true));
        assertThat(store.keys()).isEmpty();
        GcBucket careless = new GcBucket(
                new ForwardingObjectStore(store) {
                    @Override
                    public CompletableFuture<String> putIf(String key, ByteBuf body, PutCondition condition) {
                        return put(key, body).thenCompose(done -> head(key)).thenApply(ObjectInfo::etag);
                    }
                },
                loop);
        assertThatThrownBy(() -> result(careless.probeConditions(1)))
                .hasMessageContaining("ignores the conditions If-None-Match and If-Match");
    }

    @Test
    void aListingOutOfOrderIsRefused() {
        put("wal/a", new byte[1]);
        put("wal/b", new byte[1]);
        GcBucket unordered = new GcBucket(
                new ForwardingObjectStore(store) {
                    @Override
                    public CompletableFuture<Listing> list(String prefix, String startAfter, int maxKeys) {
                        return super.list(prefix, startAfter, maxKeys).thenApply(page -> {
                            List<ObjectInfo> turned = new ArrayList<>(page.objects());
                            Collections.reverse(turned);
                            return new Listing(turned, page.truncated());
                        });
                    }
                },
                loop);
        assertThatThrownBy(() -> result(unordered.list("wal/", "", 10)))
                .hasMessageContaining("listings must be in the order of keys");
    }

    /** RFC 0005: what a thousand writers with 600,000 objects each cost when every second object is referenced. */
    @Test
    void theAccountOfAThousandWritersFitsAnAnswer() {
        SequenceSet half = new SequenceSet();
        Random random = new Random(1);
        for (long sequence = 0; sequence < 600_000; sequence++) {
            if (random.nextBoolean()) {
                half.add(sequence);
            }
        }
        assertThat(SequenceBitmaps.bytes(half)).isLessThan(600_000 / 8 + 8_192 + 100);
        assertThat(1000 * SequenceBitmaps.bytes(half)).isLessThan(GcHeader.MAX_BODY_BYTES / 2);
    }

    @Test
    void whatIsWrittenIsRead() {
        result(bucket.write(ROUND));
        result(bucket.write(answer(), PutCondition.absent()));
        assertThat(result(bucket.newRound(1, 0))).contains(ROUND);
        assertThat(result(bucket.newRound(1, ROUND.id()))).isEmpty();
        assertThat(result(bucket.newRound(2, 0))).isEmpty();
        assertThat(result(bucket.rounds())).containsExactly(ROUND);
        Answer read = result(bucket.answer(3, ROUND.id())).orElseThrow().answer();
        assertThat(read.withoutAccount().from()).isEqualTo(answer().from());
        assertThat(read.memory()).isEqualTo(answer().memory());
        assertThat(read.brokers()).isEqualTo(answer().brokers());
        assertThat(read.account().refersTo(PROXY.object(299))).isTrue();
        assertThat(read.account().refersTo(PROXY.object(300))).isFalse();
        assertThat(result(bucket.answer(3, ROUND.id() + 1))).isEmpty();
        assertThat(result(bucket.cluster())).isEqualTo(Optional.empty());
    }

    @Test
    void everyDamagedByteAndEveryCutIsNoticed() {
        result(bucket.write(answer(), PutCondition.absent()));
        byte[] sound = content("gc/answers/3").getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < sound.length; i++) {
            byte[] damaged = sound.clone();
            damaged[i] ^= 1;
            put("gc/answers/3", damaged);
            assertThatThrownBy(() -> result(bucket.answer(3))).as("byte %d", i).isInstanceOf(RuntimeException.class);
        }
        for (int length = 0; length < sound.length; length++) {
            put("gc/answers/3", Arrays.copyOf(sound, length));
            assertThatThrownBy(() -> result(bucket.answer(3))).isInstanceOf(RuntimeException.class);
        }
    }

    @Test
    void linesThatAreNotKnownAreRefused() {
        for (String text : new String[] {
            "",
            "\n",
            "round\n",
            ANSWER,
            "answer 0000000000000001 1 HAPPY 5 0\nprocess 1 a -\nbrokers 1:1\n",
            "answer 0000000000000001 1 READY 5\nprocess 1 a -\nbrokers 1:1\n",
            ANSWER + "process 1 a\nbrokers 1:1\n",
            ANSWER + "process -1 a d\nbrokers 1:1\n",
            ANSWER + "process 1 a d\nbrokers 1\n",
            ANSWER + "process 1 a d\nbrokers \n",
            ANSWER + "process 1 a d\nbrokers 1:1\nkept proxy 1 t-0 1\n",
            ANSWER + "process 1 a d\nbrokers 1:1\nkept Proxy 1 t-0 0\n",
            ANSWER + "process 1 a d\nbrokers 1:1\nalso proxy 1 t-0 0\n"
        }) {
            assertThatThrownBy(() -> GcText.answer(text, ByteBuffer.allocate(0)))
                    .as(text)
                    .isInstanceOfAny(MalformedGcObjectException.class);
        }
    }

    private static Answer answer() {
        ReferenceReport account = new ReferenceReport();
        SequenceSet sequences = SequenceSet.of(12);
        sequences.add(20, 299);
        account.add(PROXY, sequences, "orders-3");
        account.add(BROKER, SequenceSet.of(5), "audit-0");
        return new Answer(
                ROUND.id(),
                new Answer.Respondent(
                        3, new Registration(17, "pkB1XqSxTUSsHJTGVPuI6A", Set.of("d1lqUKvGQYiCGTjoPKc4CA"))),
                Answer.State.READY,
                new Answer.Memory(900_000, 1_764_000_001_234L),
                Map.of(1, 5L, 2, 11L, 3, 17L),
                account);
    }

    private void put(String key, byte[] bytes) {
        var unused = store.put(key, Unpooled.wrappedBuffer(bytes));
    }

    private String content(String key) {
        long size = result(store.head(key)).sizeBytes();
        ByteBuf bytes = result(store.get(key, 0, (int) size));
        try {
            return bytes.toString(StandardCharsets.ISO_8859_1);
        } finally {
            bytes.release();
        }
    }

    private static String golden(String name) throws IOException {
        try (InputStream in = GcBucketTest.class.getResourceAsStream("/formats/" + name)) {
            assertThat(in).as(name).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
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
