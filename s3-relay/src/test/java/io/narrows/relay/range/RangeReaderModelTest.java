package io.narrows.relay.range;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
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
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations against a store that is slow or fails at random. Fault model: GETs take 0 to 200 ms, one in eight
 * fails as UNAVAILABLE; callers hold what they got for a while; some pointers name ranges that do not exist or carry a
 * wrong CRC32C. A seed replays a run.
 */
@ExtendWith(LeakDetection.class)
class RangeReaderModelTest {
    private static final long MS = 1_000_000;
    private static final RangeReaderLimits LIMITS =
            new RangeReaderLimits(60_000, 30_000, 3, 6, new Coalescing(500, 8_000, 9_000, 3 * MS), 150 * MS);

    private final ManualLoop loop = new ManualLoop(0);
    private final MetricRegistry registry = new MetricRegistry();
    private final List<Read> reads = new ArrayList<>();
    private int getsInFlight;
    private long successes;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void everyReadEndsInTimeWithTheRightBytesAndMemoryStaysBounded(long seed) {
        Random random = new Random(seed);
        Random faults = new Random(~seed);
        MemoryObjectStore store = new MemoryObjectStore(loop, (operation, key, bytes) -> effect(operation, faults));
        Contents contents = new Contents(store, random, 6, 40_000, 3_000);
        loop.advance(MS);
        CachingRangeReader reader = new CachingRangeReader(store, LIMITS, loop, new RangeMetrics(registry, "model"));

        for (int step = 0; step < 3_000; step++) {
            act(random, reader, contents);
            check(contents, random);
            long held = reads.stream().mapToLong(Read::heldBytes).sum();
            assertThat(reader.memoryBytes())
                    .as("seed %d, step %d", seed, step)
                    .isLessThanOrEqualTo(LIMITS.cacheBytes() + LIMITS.inFlightBytes() + held);
        }

        reader.close();
        loop.advance(1_000 * MS);
        check(contents, random);
        reads.forEach(Read::release);
        assertThat(reader.memoryBytes()).as("seed %d", seed).isZero();
        assertThat(successes).isGreaterThan(1_000);
        assertThat(registry.counter(RangeMetrics.name("model", RangeMetrics.GETS_IN_FLIGHT))
                        .getCount())
                .isZero();
    }

    private Effect effect(Operation operation, Random faults) {
        if (operation != Operation.GET) {
            return Effect.NONE;
        }
        getsInFlight = (int) registry.counter(RangeMetrics.name("model", RangeMetrics.GETS_IN_FLIGHT))
                .getCount();
        assertThat(getsInFlight).isLessThanOrEqualTo(LIMITS.getsInFlight());
        long delay = faults.nextInt(10) == 0 ? 200 * MS : faults.nextInt(20) * MS;
        return faults.nextInt(8) == 0 ? Effect.fail(delay, Kind.UNAVAILABLE) : Effect.delay(delay);
    }

    private void act(Random random, CachingRangeReader reader, Contents contents) {
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> read(reader, contents.some(random, 6), true);
            case 3 -> read(reader, List.of(spoiled(random, contents)), false);
            case 4, 5 -> reader.prefetch(contents.some(random, 12));
            case 6 -> {
                Pointer pointer = contents.some(random, 1).get(0);
                reader.offer(pointer, contents.bytes(pointer));
            }
            case 7 -> {
                Pointer pointer = contents.some(random, 1).get(0);
                ByteBuf bytes = reader.cached(pointer);
                if (bytes != null) {
                    assertThat(contents.matches(pointer, bytes)).isTrue();
                    bytes.release();
                }
            }
            default -> loop.advance(random.nextInt(15) * MS);
        }
    }

    private void read(CachingRangeReader reader, List<Pointer> pointers, boolean valid) {
        List<CompletableFuture<ByteBuf>> results = reader.read(pointers);
        for (int i = 0; i < pointers.size(); i++) {
            reads.add(new Read(pointers.get(i), results.get(i), loop.nanoTime(), valid));
        }
    }

    private static Pointer spoiled(Random random, Contents contents) {
        Pointer pointer = contents.some(random, 1).get(0);
        return switch (random.nextInt(4)) {
            case 0 -> new Pointer(pointer.object(), 39_990, 20, pointer.crc32c());
            case 1 -> new Pointer(new WalObjectId("x", 1, 1), pointer.position(), pointer.length(), pointer.crc32c());
            case 2 -> new Pointer(pointer.object(), 0, 9_001, pointer.crc32c());
            default -> new Pointer(pointer.object(), pointer.position(), pointer.length(), ~pointer.crc32c());
        };
    }

    /** Checks what has ended, drops most of it and keeps some buffers for later. */
    private void check(Contents contents, Random random) {
        for (Iterator<Read> each = reads.iterator(); each.hasNext(); ) {
            Read read = each.next();
            if (!read.result.isDone()) {
                assertThat(loop.nanoTime() - read.startedAt).isLessThanOrEqualTo(LIMITS.readDeadlineNanos());
            } else if (read.result.isCompletedExceptionally()) {
                Throwable failure =
                        read.result.handle((bytes, thrown) -> thrown).join();
                Kind kind = ((ObjectStoreException) failure).kind();
                assertThat(read.valid && kind != Kind.UNAVAILABLE)
                        .as("%s for %s", failure, read.pointer)
                        .isFalse();
                each.remove();
            } else if (random.nextInt(3) == 0) {
                assertThat(read.valid).isTrue();
                assertThat(contents.matches(read.pointer, read.result.join())).isTrue();
                successes++;
                read.release();
                each.remove();
            }
        }
    }

    private record Read(Pointer pointer, CompletableFuture<ByteBuf> result, long startedAt, boolean valid) {
        private boolean holds() {
            return result.isDone() && !result.isCompletedExceptionally();
        }

        private long heldBytes() {
            return holds() ? RangeMemory.footprint(pointer.length()) : 0;
        }

        private void release() {
            if (holds()) {
                result.join().release();
            }
        }
    }
}
