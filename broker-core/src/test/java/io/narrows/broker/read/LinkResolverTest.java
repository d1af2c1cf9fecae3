package io.narrows.broker.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.link.LinkBatch;
import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.broker.read.ReadServices.Age;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Crc32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads of two links of about 1 KB each, on ranges that the test answers, with as much memory as each test says. */
final class LinkResolverTest {
    private final ManualRanges ranges = new ManualRanges();
    private final ByteBuffer data = MemoryRecords.withRecords(
                    Compression.NONE, new SimpleRecord(1, null, new byte[1000]))
            .buffer();
    private final ManualLoop loop = new ManualLoop(0);
    private final MetricRegistry registry = new MetricRegistry();
    private MemoryBudget budget = MemoryBudget.of(1 << 20);
    private LinkResolver resolver = resolver(1 << 20);
    private FileRecords file;

    private LinkResolver resolver(long bytes) {
        budget = MemoryBudget.of(bytes);
        BrokerMetrics metrics = new BrokerMetrics(registry);
        return new LinkResolver(new ReadServices(
                ranges, ranges, CatchUpReadThrottle.unlimited(loop, metrics), Runnable::run, budget, loop, metrics));
    }

    /** Memory for one batch of each age. */
    private LinkResolver resolverOfOneBatch() {
        return resolver(2L * batchBytes() + 20);
    }

    /** What an answer of one batch takes. */
    private long batchBytes() {
        return (long) data.remaining() + ReadPlan.PIECE_HEAP_BYTES;
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
    void everyReadHasEndedAndMemoryIsFree() throws Exception {
        file.close();
        assertThat(budget.usedBytes()).isZero();
        assertThat(waiting()).isZero();
        assertThat(registry.counter("narrows.broker.response.memory.bytes").getCount())
                .isZero();
        assertThat(ranges.heldBuffers()).isZero();
    }

    @Test
    void theAnswerIsTheDataWithOffsetAndEpoch() throws Exception {
        CompletableFuture<Answer> read = resolver.resolve(plan(), Age.RECENT);
        ranges.answer(data);
        ranges.answer(data);

        Answer answer = read.getNow(null);
        assertThat(budget.usedBytes()).isEqualTo(2 * batchBytes());
        var batches = answer.onHeap().batches().iterator();
        for (int i = 0; i < 2; i++) {
            var batch = batches.next();
            batch.ensureValid();
            assertThat(batch.baseOffset()).isEqualTo(10 + i);
            assertThat(batch.partitionLeaderEpoch()).isEqualTo(7);
        }
    }

    @Test
    void theAnswerEndsBeforeARangeThatCanNotBeRead() throws Exception {
        CompletableFuture<Answer> read = resolver.resolve(plan(), Age.OLD);
        ranges.answer(data);
        ranges.fail();

        assertThat(read.getNow(null).size()).isEqualTo(data.remaining());
        assertThat(budget.usedBytes()).isEqualTo(batchBytes() + ReadPlan.PIECE_HEAP_BYTES);
        assertThat(read.getNow(null).release()).isTrue();
        assertThat(read.getNow(null).release()).isFalse();
    }

    @Test
    void aFirstRangeThatCanNotBeReadFailsTheRead() throws Exception {
        CompletableFuture<Answer> read = resolver.resolve(plan(), Age.RECENT);
        ranges.fail();
        ranges.answer(data);

        assertThat(read).isCompletedExceptionally();
    }

    @Test
    void bytesOfAnotherBatchAreNeverServed() throws Exception {
        ByteBuffer other = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(2, null, new byte[1000]))
                .buffer();
        CompletableFuture<Answer> read = resolver.resolve(plan(), Age.RECENT);
        ranges.answer(other);
        ranges.answer(other);

        assertThat(read).isCompletedExceptionally();
    }

    @Test
    void aReadWaitsUntilAnAnswerIsGoneAndACancelledOneLeavesTheLine() throws Exception {
        resolver = resolverOfOneBatch();
        CompletableFuture<Answer> first = resolver.resolve(plan(), Age.RECENT);
        CompletableFuture<Answer> cancelled = resolver.resolve(plan(), Age.RECENT);
        CompletableFuture<Answer> last = resolver.resolve(plan(), Age.RECENT);
        assertThat(ranges.pending).hasSize(1);
        assertThat(waiting()).isEqualTo(2);

        cancelled.cancel(false);
        assertThat(waiting()).isEqualTo(1);
        ranges.answer(data);
        assertThat(first.getNow(null).size()).isEqualTo(data.remaining());
        assertThat(ranges.pending).isEmpty();
        first.getNow(null).release();
        ranges.answer(data);

        last.getNow(null).release();
    }

    @Test
    void aReadThatIsCancelledWhileItsRangesComeAsksForThemNoMore() throws Exception {
        CompletableFuture<Answer> read = resolver.resolve(plan(), Age.RECENT);
        ranges.answer(data);
        CompletableFuture<?> second = ranges.pending.get(0);

        read.cancel(false);

        assertThat(second).isCancelled();
    }

    @Test
    void readsOfOldDataDoNotHoldUpRecentOnes() throws Exception {
        resolver = resolverOfOneBatch();
        List<CompletableFuture<Answer>> old = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            old.add(resolver.resolve(plan(), Age.OLD));
        }
        CompletableFuture<Answer> recent = resolver.resolve(plan(), Age.RECENT);
        assertThat(waiting()).isEqualTo(3);

        ranges.pending.remove(1).complete(ranges.buffer(data));

        recent.getNow(null).release();
        old.forEach(read -> read.cancel(false));
    }

    @Test
    void aResponseWithoutProgressIsReleasedWhenAnotherReadNeedsItsMemory() throws Exception {
        resolver = resolverOfOneBatch();
        CompletableFuture<Answer> first = resolver.resolve(plan(), Age.RECENT);
        ranges.answer(data);
        Answer slow = first.getNow(null);
        slow.send();
        CompletableFuture<Answer> second = resolver.resolve(plan(), Age.RECENT);

        // It is large for this memory, so it may stall for a fifth of five seconds.
        loop.advance(TimeUnit.MILLISECONDS.toNanos(800));
        assertThat(slow.writeTo(new SlowChannel(100), 0, slow.size())).isEqualTo(100);
        loop.advance(TimeUnit.MILLISECONDS.toNanos(800));
        assertThat(ranges.pending).isEmpty();
        loop.advance(TimeUnit.MILLISECONDS.toNanos(800));

        ranges.answer(data);
        second.getNow(null).release();
        assertThatThrownBy(() -> slow.writeTo(new SlowChannel(100), 100, slow.size() - 100))
                .isInstanceOf(IOException.class);
        assertThat(registry.counter("narrows.broker.responses.abandoned").getCount())
                .isEqualTo(1);
    }

    @Test
    void withoutNeedASlowReaderKeepsItsAnswer() throws Exception {
        CompletableFuture<Answer> read = resolver.resolve(plan(), Age.RECENT);
        ranges.answer(data);
        ranges.answer(data);
        Answer slow = read.getNow(null);
        slow.send();

        loop.advance(TimeUnit.MINUTES.toNanos(5));

        assertThat(slow.writeTo(new SlowChannel(4_000), 0, slow.size())).isEqualTo(slow.size());
        slow.release();
    }

    @Test
    void anAnswerThatIsDroppedUnsentIsReleased() throws Exception {
        CompletableFuture<Answer> read = resolver.resolve(plan(), Age.RECENT);
        ranges.answer(data);
        ranges.answer(data);
        assertThat(read).isCompleted();

        loop.advance(TimeUnit.SECONDS.toNanos(6));

        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void rangesOfSeveralAnswersCountOnce() throws Exception {
        ranges.cached = Unpooled.copiedBuffer(data);
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add(resolver.cached(plan(), Age.RECENT));
        }

        assertThat(answers).doesNotContainNull();
        assertThat(budget.usedBytes()).isEqualTo(data.remaining() + 20L * 2 * ReadPlan.PIECE_HEAP_BYTES);
        answers.forEach(Answer::release);
        ranges.cached.release();
    }

    /** Each has a piece on the heap for each batch, however often the batches are in memory already. */
    @Test
    void readersOfTheSameRangesDoNotFillTheHeapWithPieces() throws Exception {
        ranges.cached = Unpooled.copiedBuffer(data);
        List<Answer> answers = new ArrayList<>();
        for (Answer next = resolver.cached(plan(), Age.RECENT);
                next != null && answers.size() < 10_000;
                next = resolver.cached(plan(), Age.RECENT)) {
            answers.add(next);
        }

        assertThat(answers).hasSizeBetween(1_000, (1 << 19) / ReadPlan.PIECE_HEAP_BYTES);
        answers.forEach(Answer::release);
        ranges.cached.release();
    }

    @Test
    void thePlanOfAReadThatWaitsIsShort() throws Exception {
        FileRecords all = file.slice(0, file.sizeInBytes());
        for (int i = 0; i < 100; i++) {
            ByteBuffer links = ByteBuffer.allocate(all.sizeInBytes());
            all.readInto(links, 0);
            file.append(MemoryRecords.readableRecords(links));
        }
        resolver = resolver(4 * 200 * batchBytes());
        AnswerMemory.Charge others = resolver.memory().force(Age.RECENT, 400 * batchBytes());
        CompletableFuture<Answer> read = resolver.resolve(plan(), Age.RECENT);
        assertThat(waiting()).isEqualTo(1);

        resolver.memory().release(others, null);

        assertThat(ranges.pending).hasSize(LinkResolver.MAX_WAITING_PIECES);
        read.cancel(false);
    }

    /** The first take much, those that follow less, and a part of the memory is for first batches only. */
    @Test
    void aReadFitsBesideManyThatAreNotTaken() throws Exception {
        resolver = resolver(2L * 40 * batchBytes());
        List<CompletableFuture<Answer>> reads = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            reads.add(resolver.resolve(plan(), Age.RECENT));
        }

        assertThat(waiting()).isZero();
        reads.forEach(read -> read.cancel(false));
    }

    @Test
    void whatOtherAnswersHoldIsAnsweredAlsoWhileReadsWait() throws Exception {
        resolver = resolver(2 * (batchBytes() + 3 * ReadPlan.PIECE_HEAP_BYTES));
        ranges.cached = Unpooled.copiedBuffer(data);
        Answer first = resolver.cached(plan(), Age.RECENT);
        CompletableFuture<Answer> waits = resolver.resolve(plan(), Age.RECENT);
        assertThat(waiting()).isEqualTo(1);

        Answer second = resolver.cached(plan(), Age.RECENT);

        assertThat(second.size()).isEqualTo(2 * data.remaining());
        waits.cancel(false);
        first.release();
        second.release();
        ranges.cached.release();
    }

    @Test
    void aReadForWhichThereIsNoMemoryFailsInTime() throws Exception {
        resolver = resolverOfOneBatch();
        CompletableFuture<Answer> first = resolver.resolve(plan(), Age.RECENT);
        CompletableFuture<Answer> second = resolver.resolve(plan(), Age.RECENT);

        loop.advance(TimeUnit.SECONDS.toNanos(10));

        assertThat(second).isCompletedExceptionally();
        first.cancel(false);
    }

    @Test
    void noMoreReadsWaitThanTheLineHolds() throws Exception {
        resolver = resolverOfOneBatch();
        List<CompletableFuture<Answer>> reads = new ArrayList<>();
        for (int i = 0; i < LinkResolver.MAX_WAITING + 1; i++) {
            reads.add(resolver.resolve(plan(), Age.OLD));
        }

        assertThat(resolver.resolve(plan(), Age.OLD)).isCompletedExceptionally();
        assertThat(waiting()).isEqualTo(LinkResolver.MAX_WAITING);
        reads.forEach(read -> read.cancel(false));
    }

    /** Whatever readers and the store do: every read ends, and memory is what it was. Afterwards, in the check of all tests. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void everyReadEndsAndMemoryIsFreeAgain(long seed) throws Exception {
        Random random = new Random(seed);
        resolver = resolver(random.nextInt(2, 30) * batchBytes());
        List<CompletableFuture<Answer>> reads = new ArrayList<>();
        for (int step = 0; step < 2_000; step++) {
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> reads.add(resolver.resolve(plan(), Age.values()[random.nextInt(Age.values().length)]));
                case 3 -> ranges.answerSome(random, data);
                case 4 -> ranges.failSome(random);
                case 5 -> some(random, reads).cancel(false);
                case 6 -> leave(some(random, reads));
                default -> loop.advance(TimeUnit.MILLISECONDS.toNanos(random.nextInt(500)));
            }
            assertThat(budget.usedBytes()).as("seed %d", seed).isLessThanOrEqualTo(budget.limitBytes());
        }
        while (!ranges.pending.isEmpty()) {
            ranges.answerSome(random, data);
        }
        loop.advance(TimeUnit.SECONDS.toNanos(20));
        while (!ranges.pending.isEmpty()) {
            ranges.answerSome(random, data);
        }

        assertThat(reads).as("seed %d", seed).allMatch(CompletableFuture::isDone);
        reads.forEach(LinkResolverTest::leave);
    }

    private static CompletableFuture<Answer> some(Random random, List<CompletableFuture<Answer>> reads) {
        return reads.isEmpty() ? new CompletableFuture<>() : reads.get(random.nextInt(reads.size()));
    }

    /** The client closes its connection: what was answered is released. */
    private static void leave(CompletableFuture<Answer> read) {
        if (read.isDone() && !read.isCompletedExceptionally()) {
            boolean unused = read.getNow(null).release();
        }
    }

    private long waiting() {
        return registry.counter("narrows.broker.reads.waiting.for.memory").getCount();
    }

    private ReadPlan plan() throws Exception {
        return ReadPlan.of(file.slice(0, file.sizeInBytes()), Integer.MAX_VALUE, true);
    }
}
