package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** What every {@link ObjectStore} does. Each test uses keys of its own; the bucket may hold others. */
@ExtendWith(LeakDetection.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ObjectStoreContract {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final String run = Long.toHexString(System.nanoTime());

    abstract ObjectStore store();

    @Test
    void objectIsReadBackInRanges() {
        String key = run + "/ranges";
        byte[] body = random(300_000);
        put(key, Unpooled.wrappedBuffer(body));

        assertThat(get(key, 0, body.length)).isEqualTo(body);
        assertThat(get(key, 1_000, 7)).isEqualTo(Arrays.copyOfRange(body, 1_000, 1_007));
        assertThat(get(key, body.length - 1, 1)).isEqualTo(Arrays.copyOfRange(body, body.length - 1, body.length));
    }

    @Test
    void largeCompositeBodyIsStoredPartAfterPart() {
        String key = run + "/composite";
        byte[] body = random(9_000_000);
        CompositeByteBuf composite = PooledByteBufAllocator.DEFAULT.compositeDirectBuffer(1_000);
        for (int position = 0; position < body.length; position += 70_001) {
            int length = Math.min(70_001, body.length - position);
            ByteBuf part = PooledByteBufAllocator.DEFAULT.directBuffer(length);
            composite.addComponent(true, part.writeBytes(body, position, length));
        }

        put(key, composite);

        assertThat(composite.refCnt()).isZero();
        assertThat(get(key, 0, body.length)).isEqualTo(body);
    }

    @Test
    void onlyReadableBytesAreStored() {
        String key = run + "/slice";
        ByteBuf body = Unpooled.wrappedBuffer(new byte[] {1, 2, 3, 4, 5}).skipBytes(1);

        put(key, body.writerIndex(4));

        assertThat(get(key, 0, 3)).containsExactly(2, 3, 4);
        assertThat(result(store().head(key)).sizeBytes()).isEqualTo(3);
    }

    @Test
    void emptyObjectExists() {
        String key = run + "/empty";

        put(key, Unpooled.EMPTY_BUFFER);

        assertThat(result(store().head(key)).sizeBytes()).isZero();
    }

    @Test
    void putAgainReplaces() {
        String key = run + "/again";
        put(key, Unpooled.wrappedBuffer(new byte[] {1, 2, 3}));

        put(key, Unpooled.wrappedBuffer(new byte[] {4, 5}));

        assertThat(get(key, 0, 2)).containsExactly(4, 5);
        assertThat(result(store().head(key)).sizeBytes()).isEqualTo(2);
    }

    @Test
    void conditionIsCheckedByThePut() {
        String key = run + "/conditional";
        assertKind(Kind.CONFLICT, putIf(key, 1, PutCondition.matches("\"0123456789abcdef0123456789abcdef\"")));

        String first = result(putIf(key, 1, PutCondition.absent()));
        assertKind(Kind.CONFLICT, putIf(key, 2, PutCondition.absent()));
        assertThat(get(key, 0, 1)).containsExactly(1);

        String second = result(putIf(key, 3, PutCondition.matches(first)));
        assertKind(Kind.CONFLICT, putIf(key, 4, PutCondition.matches(first)));
        assertThat(get(key, 0, 1)).containsExactly(3);
        assertThat(result(store().head(key)).etag()).isEqualTo(second).isNotEqualTo(first);
        assertThat(result(store().list(key, "", 1)).objects().get(0).etag()).isEqualTo(second);
    }

    @Test
    void oneOfManyConcurrentClaimsSucceeds() {
        String key = run + "/claims";
        List<CompletableFuture<String>> claims = IntStream.range(0, 8)
                .mapToObj(i -> putIf(key, i, PutCondition.absent()))
                .toList();
        int winner = -1;
        for (int i = 0; i < claims.size(); i++) {
            try {
                assertThat(result(claims.get(i))).isNotEmpty();
                assertThat(winner).as("a second winner, %d", i).isNegative();
                winner = i;
            } catch (ObjectStoreException e) {
                assertThat(e.kind()).isIn(Kind.CONFLICT, Kind.UNAVAILABLE);
            }
        }
        assertThat(winner).isNotNegative();
        assertThat(get(key, 0, 1)).containsExactly(winner);
    }

    private CompletableFuture<String> putIf(String key, int content, PutCondition condition) {
        return store().putIf(key, Unpooled.wrappedBuffer(new byte[] {(byte) content}), condition);
    }

    @Test
    void missingObjectIsNotFound() {
        assertKind(Kind.NOT_FOUND, store().get(run + "/missing", 0, 10));
        assertKind(Kind.NOT_FOUND, store().head(run + "/missing"));
    }

    @Test
    void rangeBeyondTheEndIsInvalid() {
        String key = run + "/short";
        put(key, Unpooled.wrappedBuffer(new byte[100]));

        assertKind(Kind.INVALID, store().get(key, 90, 11));
        assertKind(Kind.INVALID, store().get(key, 100, 1));
        assertKind(Kind.INVALID, store().get(key, 0, 0));
        assertKind(Kind.INVALID, store().get(key, -1, 5));
    }

    @Test
    void deletedObjectsAreGoneAndMissingOnesCountAsDeleted() {
        List<String> keys =
                IntStream.range(0, 20).mapToObj(i -> run + "/del/" + i).toList();
        keys.forEach(key -> put(key, Unpooled.wrappedBuffer(new byte[] {1})));
        List<String> withMissing = new ArrayList<>(keys.subList(1, 20));
        withMissing.add(run + "/del/never");

        result(store().delete(withMissing).thenApply(done -> true));

        assertThat(keysOf(result(store().list(run + "/del/", "", 100)))).containsExactly(keys.get(0));
        result(store().delete(List.of()).thenApply(done -> true));
    }

    @Test
    void listingIsOrderedBoundedAndContinues() {
        List<String> keys =
                IntStream.range(0, 10).mapToObj(i -> run + "/list/k" + i).toList();
        for (String key : keys) {
            put(key, Unpooled.wrappedBuffer(new byte[key.length()]));
        }
        put(run + "/list-other", Unpooled.wrappedBuffer(new byte[1]));

        Listing first = result(store().list(run + "/list/", "", 4));
        Listing rest = result(store().list(run + "/list/", keys.get(3), 100));
        Listing none = result(store().list(run + "/list/", keys.get(9), 100));

        assertThat(keysOf(first)).isEqualTo(keys.subList(0, 4));
        assertThat(first.truncated()).isTrue();
        assertThat(keysOf(rest)).isEqualTo(keys.subList(4, 10));
        assertThat(rest.truncated()).isFalse();
        assertThat(rest.objects())
                .allMatch(object -> object.sizeBytes() == object.key().length());
        assertThat(none.objects()).isEmpty();
    }

    @Test
    void manyOperationsRunAtOnce() {
        List<CompletableFuture<Void>> puts = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            puts.add(store().put(run + "/many/" + i, Unpooled.wrappedBuffer(random(10_000 + i))));
        }
        puts.forEach(put -> result(put.thenApply(done -> true)));
        List<CompletableFuture<ByteBuf>> gets = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            gets.add(store().get(run + "/many/" + i, 0, 10_000 + i));
        }

        for (int i = 0; i < 100; i++) {
            assertThat(bytes(gets.get(i))).isEqualTo(random(10_000 + i));
        }
    }

    final void put(String key, ByteBuf body) {
        result(store().put(key, body).thenApply(done -> true));
    }

    final byte[] get(String key, long position, int length) {
        return bytes(store().get(key, position, length));
    }

    static byte[] bytes(CompletableFuture<ByteBuf> future) {
        ByteBuf bytes = result(future);
        try {
            return ByteBufUtil.getBytes(bytes);
        } finally {
            bytes.release();
        }
    }

    static <T> T result(CompletableFuture<T> future) {
        return Await.result("an operation of the store", LIMIT, future);
    }

    static void assertKind(Kind kind, CompletableFuture<?> future) {
        assertThatThrownBy(() -> result(future))
                .isInstanceOfSatisfying(
                        ObjectStoreException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static List<String> keysOf(Listing listing) {
        return listing.objects().stream().map(ObjectInfo::key).toList();
    }
}
