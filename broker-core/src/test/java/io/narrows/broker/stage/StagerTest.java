package io.narrows.broker.stage;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.config.BrokerSettings.LinkMode;
import io.narrows.broker.relay.InlineStaging.Outcome;
import io.narrows.broker.relay.InlineStaging.Target;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.price.PriceBooks;
import io.narrows.relay.range.CachingRangeReader;
import io.narrows.relay.range.RangeMetrics;
import io.narrows.relay.range.RangeReaderLimits;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.store.MemoryObjectStore.Effect;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.relay.wal.PipelinedWalWriter;
import io.narrows.relay.wal.WalMetrics;
import io.narrows.relay.wal.WalWriterLimits;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The stager on manual time, with a real WAL writer on a store in memory. */
@ExtendWith(LeakDetection.class)
final class StagerTest {
    private static final Target TARGET = new Target(new UUID(1, 2), 3);
    private static final int BATCH = 20_000;

    private final ManualLoop loop = new ManualLoop(0);
    private Effect put = Effect.delay(ms(10));
    private int remoteFollowers = 2;
    private final MemoryObjectStore store = new MemoryObjectStore(
            loop, (operation, key, bytes) -> operation == MemoryObjectStore.Operation.PUT ? put : Effect.NONE);
    private final MetricRegistry registry = new MetricRegistry();
    private final CachingRangeReader cache = new CachingRangeReader(
            store, RangeReaderLimits.withCache(1 << 20), loop, new RangeMetrics(registry, "test"));
    private final PipelinedWalWriter writer = new PipelinedWalWriter(
            store,
            new PipelinedWalWriter.Identity("broker-1", 1),
            new WalWriterLimits(4, 1000, 100, 4, ms(5_000)),
            loop,
            new WalMetrics(registry));

    @AfterEach
    void close() {
        cache.close();
        loop.advance(ms(10_000));
    }

    @Test
    void aTrickleIsAppendedInlineAtOnce() {
        Stager stager = stager(LinkMode.AUTO);
        for (int i = 0; i < 50; i++) {
            assertThat(stager.stage(TARGET, batch(i), 30_000)).isNull();
            loop.advance(ms(200));
        }
        assertThat(store.keys()).isEmpty();
        assertThat(inline("policy")).isEqualTo(50);
    }

    @Test
    void aRateThatPaysIsStagedInWindowsThatPay() {
        Stager stager = stager(LinkMode.AUTO);
        List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
        int inlineAtFirst = 0;
        for (int i = 0; i < 600; i++) {
            CompletableFuture<Outcome> outcome = stager.stage(TARGET, batch(i), 30_000);
            if (outcome == null) {
                inlineAtFirst++;
            } else {
                outcomes.add(outcome);
            }
            loop.advance(ms(4));
        }
        loop.advance(ms(100));

        // Five million bytes a second: 250 KB in each linger of 50 ms, against 145 KB at which a PUT pays. The estimate
        // has a half-life of a second, so it is there after 1.3 of them.
        assertThat(inlineAtFirst).isBetween(250, 400);
        assertThat(outcomes).allMatch(outcome -> outcome.join().pointer() != null);
        assertThat(store.keys().size()).isLessThan(outcomes.size() / 8);
    }

    @Test
    void theObjectHoldsTheBatchesAndTheCacheToo() {
        Stager stager = stager(LinkMode.ALWAYS);
        ByteBuffer first = batch(1);
        ByteBuffer second = batch(2);
        CompletableFuture<Outcome> one = stager.stage(TARGET, first, 30_000);
        CompletableFuture<Outcome> two = stager.stage(TARGET, second, 30_000);
        loop.advance(ms(100));

        assertThat(store.keys()).hasSize(1);
        for (var staged : List.of(new Object[] {one, first}, new Object[] {two, second})) {
            @SuppressWarnings("unchecked")
            Pointer pointer = ((CompletableFuture<Outcome>) staged[0]).join().pointer();
            ByteBuf cached = cache.cached(pointer);
            byte[] expected = new byte[((ByteBuffer) staged[1]).remaining()];
            ((ByteBuffer) staged[1]).duplicate().get(expected);
            assertThat(ByteBufUtil.getBytes(cached)).isEqualTo(expected);
            cached.release();
        }
    }

    @Test
    void nothingIsStagedThatCannotBeLinkedOrIsNotWorthIt() {
        Stager always = stager(LinkMode.ALWAYS);
        assertThat(stager(LinkMode.NEVER).stage(TARGET, batch(1), 30_000)).isNull();
        assertThat(always.stage(TARGET, ByteBuffer.wrap(new byte[BATCH]), 30_000))
                .isNull();
        assertThat(always.stage(TARGET, batch(1).limit(5_000), 30_000)).isNull();
        assertThat(always.stage(TARGET, smallBatch(), 30_000)).isNull();
        assertThat(always.stage(TARGET, controlBatch(), 30_000)).isNull();
        remoteFollowers = -1;
        assertThat(always.stage(TARGET, batch(1), 30_000)).isNull();
    }

    @Test
    void aSlowPutSendsItsBatchesInlineAndNothingWaitsUntilAProbeSucceeds() {
        Stager stager = stager(LinkMode.ALWAYS);
        put = Effect.delay(ms(3_000));
        CompletableFuture<Outcome> slow = stager.stage(TARGET, batch(1), 30_000);
        loop.advance(ms(1_000));
        assertThat(slow.join().pointer()).isNull();

        assertThat(stager.stage(TARGET, batch(2), 30_000)).isNull();
        loop.advance(ms(1_000));
        put = Effect.fail(ms(10), Kind.UNAVAILABLE);
        assertThat(stager.stage(TARGET, batch(3), 30_000)).as("a failing probe").isNull();
        loop.advance(ms(100));
        assertThat(stager.stage(TARGET, batch(4), 30_000)).isNull();
        loop.advance(ms(1_000));
        put = Effect.delay(ms(10));
        assertThat(stager.stage(TARGET, batch(5), 30_000)).as("a good probe").isNull();
        loop.advance(ms(100));

        CompletableFuture<Outcome> well = stager.stage(TARGET, batch(6), 30_000);
        loop.advance(ms(100));
        assertThat(well.join().pointer()).isNotNull();
        assertThat(registry.counter("narrows.stage.probes.count").getCount()).isEqualTo(2);
    }

    @Test
    void aFailedPutSendsItsBatchesInline() {
        Stager stager = stager(LinkMode.ALWAYS);
        put = Effect.fail(ms(10), Kind.UNAVAILABLE);
        CompletableFuture<Outcome> outcome = stager.stage(TARGET, batch(1), 30_000);
        loop.advance(ms(100));

        assertThat(outcome.join().pointer()).isNull();
        assertThat(inline("failed")).isEqualTo(1);
        assertThat(registry.counter("narrows.stage.circuit.breaker.openings").getCount())
                .isEqualTo(1);
    }

    @Test
    void halfTheClientsOwnTimeLimitIsTheLongestWait() {
        Stager stager = stager(LinkMode.ALWAYS);
        put = Effect.delay(ms(3_000));
        CompletableFuture<Outcome> outcome = stager.stage(TARGET, batch(1), 400);

        loop.advance(ms(199));
        assertThat(outcome).isNotDone();
        loop.advance(ms(2));
        assertThat(outcome.join().pointer()).isNull();
    }

    @Test
    void batchesBeyondTheBoundOfMemoryAreAppendedInlineAtOnce() {
        Stager stager = stager(LinkMode.ALWAYS);
        put = Effect.delay(ms(300));
        int parked = 0;
        while (stager.stage(TARGET, batch(parked), 30_000) != null) {
            parked++;
        }
        assertThat(parked).isEqualTo(25);
        assertThat(inline("memory")).isEqualTo(1);

        loop.advance(ms(1_000));
        assertThat(stager.stage(TARGET, batch(99), 30_000)).isNotNull();
    }

    @Test
    void whatWaitsGoesOnInlineWhenTheStagerCloses() {
        Stager stager = stager(LinkMode.ALWAYS);
        CompletableFuture<Outcome> outcome = stager.stage(TARGET, batch(1), 30_000);
        loop.runPending();

        stager.close();
        loop.runPending();

        assertThat(outcome.join().pointer()).isNull();
        assertThat(stager.stage(TARGET, batch(2), 30_000)).isNull();
    }

    private Stager stager(LinkMode mode) {
        StageSettings settings = new StageSettings(
                mode,
                1_000,
                new StageSettings.Window(4 << 20, 50),
                1_000,
                1_010_000,
                PriceBooks.builtIn("aws-us-east-1"));
        return new Stager(
                settings,
                1,
                loop,
                new Stager.Dependencies(writer, cache, target -> remoteFollowers),
                new MetricRegistry() {
                    @Override
                    public Meter meter(String name) {
                        return registry.meter(name);
                    }

                    @Override
                    public Counter counter(String name) {
                        return registry.counter(name);
                    }
                });
    }

    private long inline(String reason) {
        return registry.meter("narrows.stage.inline.batches." + reason).getCount();
    }

    private static ByteBuffer batch(int number) {
        byte[] value = new byte[BATCH - 70];
        value[0] = (byte) number;
        return MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(1, null, value))
                .buffer();
    }

    private static ByteBuffer smallBatch() {
        return MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(1, null, new byte[100]))
                .buffer();
    }

    private static ByteBuffer controlBatch() {
        return MemoryRecords.withEndTransactionMarker(
                        1, (short) 0, new EndTransactionMarker(ControlRecordType.COMMIT, 0))
                .buffer();
    }

    private static long ms(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
