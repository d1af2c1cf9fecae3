package io.narrows.broker.read;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.BrokerMetrics;
import io.narrows.broker.link.LinkBatch;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.range.RangeReader;
import io.narrows.relay.range.StoredRange;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Crc32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LinkResolverTest {
    private final Ranges ranges = new Ranges();
    private final ByteBuffer data = MemoryRecords.withRecords(
                    Compression.NONE, new SimpleRecord(1, null, new byte[1000]))
            .buffer();
    private final MemoryBudget budget = MemoryBudget.of(2L * data.remaining() + 10);
    private final MetricRegistry registry = new MetricRegistry();
    /** Run when a read waits no more, between its admission and its start. */
    private Runnable letIn = () -> {};

    private final LinkResolver resolver;
    private FileRecords file;

    LinkResolverTest() {
        Counter unused = registry.register("narrows.broker.reads.waiting.for.memory", new Counter() {
            @Override
            public void inc(long change) {
                super.inc(change);
                if (change < 0) {
                    letIn.run();
                }
            }
        });
        BrokerMetrics metrics = new BrokerMetrics(registry);
        resolver = new LinkResolver(new ReadServices(
                ranges,
                ranges,
                CatchUpPace.unlimited(new ManualLoop(0), metrics),
                Runnable::run,
                budget,
                new ManualLoop(0),
                metrics));
    }

    @BeforeEach
    void twoLinks(@TempDir Path dir) throws Exception {
        file = FileRecords.open(dir.resolve("0.log").toFile());
        Pointer pointer = new Pointer(
                new WalObjectId("w", 1, 2), 3, data.remaining(), (int) Crc32C.compute(data, 0, data.remaining()));
        for (int i = 0; i < 2; i++) {
            ByteBuffer assigned =
                    ByteBuffer.allocate(data.remaining()).put(data.duplicate()).flip();
            assigned.putLong(0, 10 + i).putInt(12, 7);
            file.append(MemoryRecords.readableRecords(LinkBatch.write(assigned, 0, pointer)));
        }
    }

    @AfterEach
    void close() throws Exception {
        file.close();
    }

    @Test
    void theAnswerIsTheDataWithOffsetAndEpoch() throws Exception {
        CompletableFuture<ByteBuffer> answer = resolver.resolve(plan(), ReadServices.Age.RECENT);
        ranges.answer(data);
        ranges.answer(data);

        var batches =
                MemoryRecords.readableRecords(answer.getNow(null)).batches().iterator();
        for (int i = 0; i < 2; i++) {
            var batch = batches.next();
            batch.ensureValid();
            assertThat(batch.baseOffset()).isEqualTo(10 + i);
            assertThat(batch.partitionLeaderEpoch()).isEqualTo(7);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void theAnswerEndsBeforeARangeThatCanNotBeRead() throws Exception {
        CompletableFuture<ByteBuffer> answer = resolver.resolve(plan(), ReadServices.Age.OLD);
        ranges.answer(data);
        ranges.fail();

        assertThat(answer.getNow(null).remaining()).isEqualTo(data.remaining());
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void aFirstRangeThatCanNotBeReadFailsTheRead() throws Exception {
        CompletableFuture<ByteBuffer> answer = resolver.resolve(plan(), ReadServices.Age.RECENT);
        ranges.fail();
        ranges.answer(data);

        assertThat(answer).isCompletedExceptionally();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void bytesOfAnotherBatchAreNeverServed() throws Exception {
        ByteBuffer other = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(2, null, new byte[1000]))
                .buffer();
        CompletableFuture<ByteBuffer> answer = resolver.resolve(plan(), ReadServices.Age.RECENT);
        ranges.answer(other);
        ranges.answer(other);

        assertThat(answer).isCompletedExceptionally();
    }

    @Test
    void readsBeyondTheBudgetWaitTheirTurnAndAbandonedOnesAreSkipped() throws Exception {
        CompletableFuture<ByteBuffer> first = resolver.resolve(plan(), ReadServices.Age.RECENT);
        CompletableFuture<ByteBuffer> abandoned = resolver.resolve(plan(), ReadServices.Age.RECENT);
        CompletableFuture<ByteBuffer> last = resolver.resolve(plan(), ReadServices.Age.RECENT);
        assertThat(ranges.pending).hasSize(2);

        abandoned.cancel(false);
        ranges.answer(data);
        ranges.answer(data);
        assertThat(first).isCompleted();
        assertThat(last).isNotDone();
        ranges.answer(data);
        ranges.answer(data);

        assertThat(last).isCompleted();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void aReadThatIsAbandonedJustWhenItWasLetInGivesItsMemoryBack() throws Exception {
        CompletableFuture<ByteBuffer> first = resolver.resolve(plan(), ReadServices.Age.RECENT);
        CompletableFuture<ByteBuffer> second = resolver.resolve(plan(), ReadServices.Age.RECENT);
        letIn = () -> second.cancel(false);

        ranges.answer(data);
        ranges.answer(data);

        assertThat(first).isCompleted();
        assertThat(second).isCancelled();
        assertThat(ranges.pending).isEmpty();
        assertThat(budget.usedBytes()).isZero();
    }

    private ReadPlan plan() throws Exception {
        return ReadPlan.of(file.slice(0, file.sizeInBytes()), Integer.MAX_VALUE, true);
    }

    /** Ranges that the test answers one by one, in the order in which they were asked for. */
    private static final class Ranges implements RangeReader {
        private final List<CompletableFuture<ByteBuf>> pending = new ArrayList<>();

        void answer(ByteBuffer bytes) {
            pending.remove(0).complete(Unpooled.copiedBuffer(bytes));
        }

        void fail() {
            pending.remove(0).completeExceptionally(new ObjectStoreException(Kind.UNAVAILABLE, "by the test", null));
        }

        @Override
        public List<CompletableFuture<ByteBuf>> read(List<? extends StoredRange> pointers) {
            List<CompletableFuture<ByteBuf>> asked = pointers.stream()
                    .map(pointer -> new CompletableFuture<ByteBuf>())
                    .toList();
            pending.addAll(asked);
            return asked;
        }

        @Override
        public @Nullable ByteBuf cached(StoredRange pointer) {
            return null;
        }

        @Override
        public void offer(StoredRange pointer, ByteBuf bytes) {}

        @Override
        public void prefetch(List<? extends StoredRange> pointers) {}

        @Override
        public void close() {}
    }
}
