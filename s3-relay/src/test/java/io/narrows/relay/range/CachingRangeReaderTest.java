package io.narrows.relay.range;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.Crc32c;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.range.RangeReaderLimits.Coalescing;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.store.MemoryObjectStore.Effect;
import io.narrows.relay.store.MemoryObjectStore.Operation;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakDetection.class)
class CachingRangeReaderTest {
    private static final long MS = 1_000_000;
    private static final Coalescing COALESCING = new Coalescing(100, 4_000, 8_000, 3 * MS);
    private static final WalObjectId OBJECT = new WalObjectId("w", 1, 7);
    private static final WalObjectId OTHER = new WalObjectId("w", 1, 8);

    private final ManualLoop loop = new ManualLoop(0);
    private final MetricRegistry registry = new MetricRegistry();
    private final List<String> gets = new ArrayList<>();
    private final byte[] content = new byte[20_000];
    private IntFunction<Effect> effect = number -> Effect.delay(10 * MS);
    private final MemoryObjectStore store = new MemoryObjectStore(loop, (operation, key, bytes) -> {
        if (operation != Operation.GET) {
            return Effect.NONE;
        }
        gets.add(key.substring(key.length() - 1) + ":" + bytes);
        return effect.apply(gets.size());
    });
    private CachingRangeReader reader = reader(new RangeReaderLimits(40_000, 16_000, 4, 4, COALESCING, 100 * MS));

    @BeforeEach
    void fillStore() {
        new Random(1).nextBytes(content);
        store.put(OBJECT.key(), Unpooled.copiedBuffer(content));
        store.put(OTHER.key(), Unpooled.copiedBuffer(content));
        loop.runPending();
    }

    @AfterEach
    void everyByteIsFreeAgain() {
        reader.close();
        loop.advance(10_000 * MS);
        assertThat(reader.memoryBytes()).isZero();
        assertThat(counter(RangeMetrics.LIVE_BYTES)).isZero();
        assertThat(counter(RangeMetrics.CACHE_BYTES)).isZero();
    }

    @Test
    void closeRangesOfOneObjectAreOneGet() {
        List<Pointer> pointers = List.of(pointer(1_000, 500), pointer(0, 900), pointer(1_500, 100));

        List<CompletableFuture<ByteBuf>> results = reader.read(pointers);
        loop.advance(10 * MS);

        assertContents(pointers, results);
        assertThat(gets).containsExactly("7:1600");
        assertThat(meter(RangeMetrics.COALESCED)).isEqualTo(2);
    }

    @Test
    void distantRangesAndOtherObjectsAreGetsOfTheirOwn() {
        List<Pointer> pointers = List.of(pointer(0, 500), pointer(601, 10), pointer(OTHER, 500, 10));

        List<CompletableFuture<ByteBuf>> results = reader.read(pointers);
        loop.advance(10 * MS);

        assertContents(pointers, results);
        assertThat(gets).containsExactly("7:500", "7:10", "8:10");
    }

    @Test
    void aGetStaysBelowItsBoundButASingleLargerRangeIsRead() {
        List<Pointer> pointers = List.of(pointer(0, 3_000), pointer(3_000, 3_000), pointer(6_000, 7_000));

        List<CompletableFuture<ByteBuf>> results = reader.read(pointers);
        loop.advance(10 * MS);

        assertContents(pointers, results);
        assertThat(gets).containsExactly("7:3000", "7:3000", "7:7000");
    }

    @Test
    void aCachedRangeIsReadWithoutAGet() {
        Pointer pointer = pointer(10, 20);
        assertThat(reader.cached(pointer)).isNull();
        List<CompletableFuture<ByteBuf>> first = reader.read(List.of(pointer));
        loop.advance(10 * MS);
        assertContents(List.of(pointer), first);

        assertContents(List.of(pointer), reader.read(List.of(pointer)));
        assertContents(pointer, reader.cached(pointer));

        assertThat(gets).hasSize(1);
        assertThat(meter(RangeMetrics.HITS)).isEqualTo(2);
        assertThat(meter(RangeMetrics.MISSES)).isEqualTo(1);
    }

    @Test
    void concurrentReadsOfOneRangeShareAGet() {
        Pointer pointer = pointer(10, 20);
        List<CompletableFuture<ByteBuf>> first = reader.read(List.of(pointer, pointer));
        loop.advance(5 * MS);
        List<CompletableFuture<ByteBuf>> second = reader.read(List.of(pointer));

        loop.advance(5 * MS);

        assertContents(List.of(pointer, pointer), first);
        assertContents(List.of(pointer), second);
        assertThat(gets).hasSize(1);
        assertThat(meter(RangeMetrics.JOINED)).isEqualTo(2);
    }

    @Test
    void aRangeInTheGapOfAGetUnderWaySharesIt() {
        List<Pointer> pointers = List.of(pointer(0, 100), pointer(180, 100));
        List<CompletableFuture<ByteBuf>> results = reader.read(pointers);
        List<Pointer> between = List.of(pointer(90, 100));

        List<CompletableFuture<ByteBuf>> resultsBetween = reader.read(between);
        loop.advance(10 * MS);

        assertContents(pointers, results);
        assertContents(between, resultsBetween);
        assertThat(gets).containsExactly("7:280");
    }

    @Test
    void prefetchesOfOneObjectWaitForEachOtherAndBecomeOneGet() {
        reader.prefetch(List.of(pointer(0, 100)));
        loop.advance(2 * MS);
        reader.prefetch(List.of(pointer(100, 100), pointer(OTHER, 0, 100)));
        assertThat(gets).isEmpty();

        loop.advance(20 * MS);

        assertThat(gets).containsExactly("7:200", "8:100");
        assertContents(pointer(100, 100), reader.cached(pointer(100, 100)));
        assertThat(meter(RangeMetrics.PREFETCH_USEFUL)).isEqualTo(1);
    }

    @Test
    void aReadTakesDelayedPrefetchesOfItsObjectAlong() {
        reader.prefetch(List.of(pointer(0, 100), pointer(100, 100)));

        List<CompletableFuture<ByteBuf>> results = reader.read(List.of(pointer(100, 100)));
        loop.advance(10 * MS);

        assertContents(List.of(pointer(100, 100)), results);
        assertContents(pointer(0, 100), reader.cached(pointer(0, 100)));
        loop.advance(20 * MS);
        assertThat(gets).containsExactly("7:200");
        assertThat(meter(RangeMetrics.PREFETCH_USEFUL)).isEqualTo(2);
    }

    @Test
    void prefetchesBeyondHalfTheCacheAreDropped() {
        reader = reader(new RangeReaderLimits(1_000, 16_000, 4, 4, COALESCING, 100 * MS));
        reader.prefetch(List.of(pointer(0, 300), pointer(300, 300)));

        loop.advance(20 * MS);

        assertThat(gets).containsExactly("7:300");
        assertThat(meter(RangeMetrics.REJECTED)).isEqualTo(1);
        reader.prefetch(List.of(pointer(300, 300)));
        loop.advance(20 * MS);
        assertThat(gets).containsExactly("7:300", "7:300");
    }

    @Test
    void readsGoBeforePrefetches() {
        reader = reader(new RangeReaderLimits(40_000, 16_000, 1, 4, COALESCING, 100 * MS));
        CompletableFuture<ByteBuf> running =
                reader.read(List.of(pointer(0, 10))).get(0);
        reader.prefetch(List.of(pointer(OTHER, 0, 20), pointer(5_000, 30)));
        loop.advance(3 * MS);
        CompletableFuture<ByteBuf> late =
                reader.read(List.of(pointer(9_000, 40))).get(0);
        CompletableFuture<ByteBuf> promoted =
                reader.read(List.of(pointer(5_000, 30))).get(0);

        loop.advance(100 * MS);

        assertThat(gets).containsExactly("7:10", "7:40", "7:30", "8:20");
        List.of(running, late, promoted).forEach(result -> result.join().release());
    }

    @Test
    void wrongBytesAreReadOnceMoreAndNeverCached() {
        Pointer wrong = new Pointer(OBJECT, 0, 10, 0x1234);

        CompletableFuture<ByteBuf> result = reader.read(List.of(wrong)).get(0);
        loop.advance(100 * MS);

        assertThat(kind(result)).isEqualTo(Kind.CORRUPT);
        assertThat(gets).containsExactly("7:10", "7:10");
        assertThat(reader.cached(wrong)).isNull();
        assertThat(meter(RangeMetrics.CORRUPT)).isEqualTo(2);
    }

    @Test
    void aRangeBeyondTheEndDoesNotSpoilItsNeighbours() {
        List<Pointer> good = List.of(pointer(19_000, 500), pointer(19_500, 500));
        Pointer beyond = new Pointer(OBJECT, 19_900, 200, 1);
        List<Pointer> all = List.of(good.get(0), beyond, good.get(1));

        List<CompletableFuture<ByteBuf>> results = reader.read(all);
        loop.advance(50 * MS);

        assertContents(good, List.of(results.get(0), results.get(2)));
        assertThat(kind(results.get(1))).isEqualTo(Kind.INVALID);
    }

    @Test
    void failuresKeepTheirKindAndAreForgotten() {
        Pointer missing = new Pointer(new WalObjectId("w", 1, 9), 0, 10, 1);
        CompletableFuture<ByteBuf> notFound = reader.read(List.of(missing)).get(0);
        effect = number -> Effect.fail(10 * MS, Kind.UNAVAILABLE);
        CompletableFuture<ByteBuf> unavailable =
                reader.read(List.of(pointer(0, 10))).get(0);
        loop.advance(10 * MS);
        assertThat(kind(notFound)).isEqualTo(Kind.NOT_FOUND);
        assertThat(kind(unavailable)).isEqualTo(Kind.UNAVAILABLE);

        effect = number -> Effect.NONE;
        List<CompletableFuture<ByteBuf>> again = reader.read(List.of(pointer(0, 10)));
        loop.advance(0);

        assertContents(List.of(pointer(0, 10)), again);
    }

    @Test
    void aRangeTooLongIsRefusedWithoutAGet() {
        CompletableFuture<ByteBuf> result =
                reader.read(List.of(new Pointer(OBJECT, 0, 8_001, 1))).get(0);

        assertThat(kind(result)).isEqualTo(Kind.INVALID);
        assertThat(gets).isEmpty();
    }

    @Test
    void aReadFailsAtItsDeadlineWhileTheGetStillFillsTheCache() {
        effect = number -> Effect.delay(150 * MS);
        CompletableFuture<ByteBuf> result = reader.read(List.of(pointer(0, 10))).get(0);

        loop.advance(100 * MS);
        assertThat(kind(result)).isEqualTo(Kind.UNAVAILABLE);
        loop.advance(50 * MS);

        assertContents(pointer(0, 10), reader.cached(pointer(0, 10)));
    }

    @Test
    void readsBeyondTheQueueFailAndAbandonedReadsAreNotStarted() {
        reader = reader(new RangeReaderLimits(40_000, 16_000, 1, 2, COALESCING, 100 * MS));
        effect = number -> Effect.delay(number == 1 ? 150 * MS : 0);
        List<CompletableFuture<ByteBuf>> results = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            results.addAll(reader.read(List.of(pointer(i * 1_000, 10))));
        }

        assertThat(kind(results.get(3))).isEqualTo(Kind.UNAVAILABLE);
        loop.advance(200 * MS);

        assertThat(results).allMatch(CompletableFuture::isCompletedExceptionally);
        assertThat(gets).hasSize(1);
        List<CompletableFuture<ByteBuf>> again = reader.read(List.of(pointer(1_000, 10)));
        loop.advance(0);
        assertContents(List.of(pointer(1_000, 10)), again);
    }

    @Test
    void readsThatAreOverMakeRoomInAFullQueue() {
        reader = reader(new RangeReaderLimits(40_000, 16_000, 1, 2, COALESCING, 1_000 * MS));
        List<CompletableFuture<ByteBuf>> running = reader.read(List.of(pointer(0, 100)));
        List<CompletableFuture<ByteBuf>> over = reader.read(List.of(pointer(2_000, 100), pointer(4_000, 100)));
        assertThat(kind(reader.read(List.of(pointer(6_000, 100))).get(0))).isEqualTo(Kind.UNAVAILABLE);

        over.forEach(read -> read.cancel(false));
        List<CompletableFuture<ByteBuf>> next = reader.read(List.of(pointer(8_000, 100), pointer(10_000, 100)));
        loop.advance(30 * MS);

        assertContents(List.of(pointer(0, 100)), running);
        assertContents(List.of(pointer(8_000, 100), pointer(10_000, 100)), next);
        assertThat(gets).hasSize(3);
    }

    @Test
    void aGetLeavesOutAbandonedRanges() {
        reader = reader(new RangeReaderLimits(40_000, 16_000, 1, 4, COALESCING, 1_000 * MS));
        List<CompletableFuture<ByteBuf>> running = reader.read(List.of(pointer(OTHER, 0, 10)));
        List<Pointer> pointers = List.of(pointer(0, 500), pointer(500, 100), pointer(600, 700));
        List<CompletableFuture<ByteBuf>> reads = reader.read(pointers);

        reads.get(0).cancel(false);
        reads.get(2).cancel(false);
        loop.advance(20 * MS);

        assertContents(List.of(pointer(OTHER, 0, 10)), running);
        assertContents(List.of(pointers.get(1)), List.of(reads.get(1)));
        assertThat(gets).containsExactly("8:10", "7:100");
    }

    @Test
    void aGetThatHangsIsSharedByThoseWhoComeBackAndCollectsNoneThatLeft() {
        effect = number -> Effect.delay(200 * MS);
        reader = reader(new RangeReaderLimits(40_000, 16_000, 1, 4, COALESCING, 1_000 * MS));
        Pointer pointer = pointer(0, 100);
        for (int i = 0; i < 100; i++) {
            reader.read(List.of(pointer)).get(0).cancel(false);
            loop.advance(MS);
        }
        List<CompletableFuture<ByteBuf>> last = reader.read(List.of(pointer));

        loop.advance(100 * MS);

        assertContents(List.of(pointer), last);
        assertThat(gets).hasSize(1);
    }

    @Test
    void theCacheForgetsWhatWasUsedLongestAgo() {
        reader = reader(new RangeReaderLimits(3 * 1_024, 16_000, 4, 4, COALESCING, 100 * MS));
        for (int i = 0; i < 3; i++) {
            readAndRelease(pointer(i * 1_024, 1_024));
        }
        readAndRelease(pointer(0, 1_024));

        readAndRelease(pointer(3 * 1_024, 1_024));

        assertThat(reader.cached(pointer(1_024, 1_024))).isNull();
        assertContents(pointer(0, 1_024), reader.cached(pointer(0, 1_024)));
        assertContents(pointer(3 * 1_024, 1_024), reader.cached(pointer(3 * 1_024, 1_024)));
        assertThat(counter(RangeMetrics.CACHE_BYTES)).isEqualTo(3 * 1_024);
    }

    @Test
    void whatCallersHoldCountsAgainstTheCache() {
        reader = reader(new RangeReaderLimits(2 * 1_024, 16_000, 4, 4, COALESCING, 100 * MS));
        List<ByteBuf> held = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            CompletableFuture<ByteBuf> result =
                    reader.read(List.of(pointer(i * 1_024, 1_024))).get(0);
            loop.advance(10 * MS);
            held.add(result.join());
        }

        assertThat(counter(RangeMetrics.CACHE_BYTES)).isEqualTo(2 * 1_024);
        assertThat(reader.memoryBytes()).isEqualTo(3 * 1_024);
        held.forEach(ByteBuf::release);

        assertThat(reader.memoryBytes()).isEqualTo(2 * 1_024);
    }

    @Test
    void offeredBytesAreCopiedAndServedWithoutAGet() {
        Pointer pointer = pointer(500, 300);
        ByteBuf bytes = Unpooled.copiedBuffer(content, 500, 300);

        reader.offer(pointer, bytes);

        bytes.setZero(0, 300);
        assertThat(bytes.refCnt()).isEqualTo(1);
        assertContents(pointer, reader.cached(pointer));
    }

    @Test
    void offeredBytesThatAreNotThePointersAreNotKept() {
        reader.offer(pointer(500, 300), Unpooled.copiedBuffer(content, 501, 300));
        reader.offer(pointer(500, 300), Unpooled.copiedBuffer(content, 500, 299));

        assertThat(reader.cached(pointer(500, 300))).isNull();
    }

    @Test
    void closingFailsWhatIsOnItsWay() {
        CompletableFuture<ByteBuf> running =
                reader.read(List.of(pointer(0, 10))).get(0);
        reader.prefetch(List.of(pointer(OTHER, 0, 10)));

        reader.close();

        assertThat(kind(running)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(kind(reader.read(List.of(pointer(0, 10))).get(0))).isEqualTo(Kind.UNAVAILABLE);
        loop.advance(50 * MS);
        assertThat(gets).hasSize(1);
    }

    @Test
    void aStoreThatAnswersAtOnceDoesNotRecurse() {
        MemoryObjectStore direct = new MemoryObjectStore();
        direct.put(OBJECT.key(), Unpooled.copiedBuffer(content));
        RangeReaderLimits limits =
                new RangeReaderLimits(1 << 20, 1 << 20, 1, 20_000, new Coalescing(0, 1, 10, 0), 100 * MS);
        reader = new CachingRangeReader(direct, limits, loop, new RangeMetrics(registry, "test"));
        List<Pointer> pointers = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            pointers.add(pointer(2 * i, 1));
        }

        assertContents(pointers, reader.read(pointers));
    }

    private void readAndRelease(Pointer pointer) {
        List<CompletableFuture<ByteBuf>> results = reader.read(List.of(pointer));
        loop.advance(10 * MS);
        assertContents(List.of(pointer), results);
    }

    private void assertContents(List<Pointer> pointers, List<CompletableFuture<ByteBuf>> results) {
        assertThat(results).hasSameSizeAs(pointers);
        for (int i = 0; i < results.size(); i++) {
            assertThat(results.get(i)).isCompleted();
            assertContents(pointers.get(i), results.get(i).join());
        }
    }

    private void assertContents(Pointer pointer, ByteBuf bytes) {
        assertThat(bytes).isNotNull();
        assertThat(bytes).isEqualTo(Unpooled.wrappedBuffer(content, pointer.position(), pointer.length()));
        assertThat(ByteBufUtil.getBytes(bytes)).hasSize(pointer.length());
        bytes.release();
    }

    private Pointer pointer(int position, int length) {
        return pointer(OBJECT, position, length);
    }

    private Pointer pointer(WalObjectId object, int position, int length) {
        return new Pointer(object, position, length, Crc32c.of(Unpooled.wrappedBuffer(content, position, length)));
    }

    private CachingRangeReader reader(RangeReaderLimits limits) {
        return new CachingRangeReader(store, limits, loop, new RangeMetrics(registry, "test"));
    }

    private long meter(String metric) {
        return registry.meter(RangeMetrics.name("test", metric)).getCount();
    }

    private long counter(String metric) {
        return registry.counter(RangeMetrics.name("test", metric)).getCount();
    }

    private static Kind kind(CompletableFuture<?> future) {
        assertThat(future).isCompletedExceptionally();
        return ((ObjectStoreException)
                        future.handle((value, failure) -> failure).join())
                .kind();
    }
}
