package io.narrows.relay.range;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.range.RangeReaderLimits.Coalescing;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.PutCondition;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many threads read, prefetch, hold and release while the cache is far too small for what they read. */
@ExtendWith(LeakDetection.class)
@Timeout(120)
class RangeReaderStressTest {
    private static final int CACHE_BYTES = 4 << 20;
    private static final int THREADS = 4;
    private static final int HELD_PER_THREAD = 8;
    private static final int MAX_BATCH_BYTES = 64 << 10;

    private final DefaultEventExecutor timers = new DefaultEventExecutor();
    private final ExecutorService storeThreads = Executors.newFixedThreadPool(3);
    private final ExecutorService callers = Executors.newFixedThreadPool(THREADS);
    private final MetricRegistry registry = new MetricRegistry();
    private final AtomicLong mostReserved = new AtomicLong();
    private final AtomicLong mostAlive = new AtomicLong();
    private final ThreadedStore store = new ThreadedStore();
    private final Contents contents = new Contents(store.objects, new Random(1), 12, 2 << 20, MAX_BATCH_BYTES);
    private final RangeReaderLimits limits = new RangeReaderLimits(
            CACHE_BYTES,
            4 << 20,
            4,
            1_000,
            new Coalescing(64 << 10, 1 << 20, 8 << 20, TimeUnit.MICROSECONDS.toNanos(200)),
            TimeUnit.SECONDS.toNanos(60));
    private final CachingRangeReader reader =
            new CachingRangeReader(store, limits, new NettyLoop(timers), new RangeMetrics(registry, "stress"));

    @AfterEach
    void stop() {
        callers.shutdownNow();
        storeThreads.shutdownNow();
        timers.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
    }

    @Test
    void bytesAreRightAndMemoryOutsideTheHeapIsBoundedAndFreedInTheEnd() throws Exception {
        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            Random random = new Random(thread);
            running.add(callers.submit(() -> call(random)));
        }
        for (Future<?> caller : running) {
            caller.get(100, TimeUnit.SECONDS);
        }

        long mostHeld = (long) THREADS * HELD_PER_THREAD * RangeMemory.footprint(MAX_BATCH_BYTES);
        assertThat(mostAlive.get()).isLessThanOrEqualTo(CACHE_BYTES + limits.inFlightBytes() + mostHeld);
        // The arena takes chunks of 4 MiB from the system and may not fill them.
        assertThat(mostReserved.get()).isLessThanOrEqualTo(CACHE_BYTES + mostHeld + 2 * (4 << 20));
        assertThat(counter(RangeMetrics.CACHE_BYTES)).isPositive();
        reader.close();
        Await.until("all memory is free", Duration.ofSeconds(10), () -> reader.memoryBytes() == 0);
        assertThat(counter(RangeMetrics.LIVE_BYTES)).isZero();
        assertThat(counter(RangeMetrics.GETS_IN_FLIGHT)).isZero();
    }

    private void call(Random random) {
        ArrayDeque<ByteBuf> held = new ArrayDeque<>();
        for (int i = 0; i < 1_500; i++) {
            List<Pointer> some = contents.some(random, 4);
            switch (random.nextInt(8)) {
                case 0 -> reader.prefetch(contents.some(random, 30));
                case 1 -> reader.offer(some.get(0), contents.bytes(some.get(0)));
                case 2, 3, 4 -> some.forEach(pointer -> hold(pointer, reader.cached(pointer), held));
                default -> {
                    List<CompletableFuture<ByteBuf>> results = reader.read(some);
                    for (int r = 0; r < some.size(); r++) {
                        hold(some.get(r), Await.result("range", Duration.ofSeconds(60), results.get(r)), held);
                    }
                }
            }
            mostAlive.accumulateAndGet(reader.memoryBytes(), Math::max);
            mostReserved.accumulateAndGet(reader.reservedBytes(), Math::max);
        }
        held.forEach(ByteBuf::release);
    }

    private void hold(Pointer pointer, ByteBuf bytes, ArrayDeque<ByteBuf> held) {
        if (bytes == null) {
            return;
        }
        boolean matches = contents.matches(pointer, bytes);
        held.add(bytes);
        if (held.size() >= HELD_PER_THREAD) {
            held.remove().release();
        }
        assertThat(matches).isTrue();
    }

    private long counter(String metric) {
        return registry.counter(RangeMetrics.name("stress", metric)).getCount();
    }

    /** Answers on threads of its own, as S3 does. */
    private final class ThreadedStore implements ObjectStore {
        private final MemoryObjectStore objects = new MemoryObjectStore();

        @Override
        public CompletableFuture<ByteBuf> get(String key, long position, int length) {
            return CompletableFuture.supplyAsync(
                    () -> objects.get(key, position, length).join(), storeThreads);
        }

        @Override
        public CompletableFuture<Void> put(String key, ByteBuf body) {
            return objects.put(key, body);
        }

        @Override
        public CompletableFuture<String> putIf(String key, ByteBuf body, PutCondition condition) {
            return objects.putIf(key, body, condition);
        }

        @Override
        public CompletableFuture<ObjectInfo> head(String key) {
            return objects.head(key);
        }

        @Override
        public CompletableFuture<Listing> list(String prefix, String startAfter, int maxKeys) {
            return objects.list(prefix, startAfter, maxKeys);
        }

        @Override
        public CompletableFuture<Void> delete(Collection<String> keys) {
            return objects.delete(keys);
        }

        @Override
        public void close() {}
    }
}
