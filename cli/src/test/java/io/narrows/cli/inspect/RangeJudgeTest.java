package io.narrows.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.broker.link.LinkBatch;
import io.narrows.broker.repair.SkippedBatch.Reason;
import io.narrows.cli.inspect.RangeJudge.Depth;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.store.MemoryObjectStore.Effect;
import io.narrows.relay.store.MemoryObjectStore.Operation;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Crc32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RangeJudgeTest {
    private static final WalObjectId OBJECT = new WalObjectId("w", 1, 5);

    private final ManualLoop loop = new ManualLoop(0);
    private MemoryObjectStore.Behaviour behaviour = (operation, key, bytes) -> Effect.NONE;
    private final MemoryObjectStore store =
            new MemoryObjectStore(loop, (operation, key, bytes) -> behaviour.effect(operation, key, bytes));
    private byte[] batch;
    private LinkBatch link;

    @BeforeEach
    void putABatch() throws Exception {
        ByteBuffer data = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(1, null, new byte[300]))
                .buffer();
        batch = new byte[data.remaining()];
        data.get(0, batch);
        Pointer pointer = new Pointer(OBJECT, 0, batch.length, (int) Crc32C.compute(batch, 0, batch.length));
        link = LinkBatch.read(LinkBatch.write(data, 0, pointer), 0);
        put(batch);
    }

    private void put(byte[] bytes) throws InterruptedException {
        await(store.put(OBJECT.key(), Unpooled.wrappedBuffer(bytes)));
    }

    private <T> T await(CompletableFuture<T> answer) throws InterruptedException {
        while (!answer.isDone()) {
            loop.advance(1_000_000);
        }
        return answer.join();
    }

    private Optional<Reason> judge(Depth depth) throws InterruptedException {
        return new RangeJudge(store, this::await, depth).judge(link);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsThereIsNotLost(Depth depth) throws InterruptedException {
        assertThat(judge(depth)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void anObjectThatIsNotThereIsMissing(Depth depth) throws InterruptedException {
        await(store.delete(List.of(OBJECT.key())));
        assertThat(judge(depth)).contains(Reason.MISSING);
    }

    @Test
    void otherBytesAreDamage() throws InterruptedException {
        batch[batch.length - 1] ^= 1;
        put(batch);
        assertThat(judge(Depth.OBJECTS)).isEmpty();
        assertThat(judge(Depth.BYTES)).contains(Reason.DAMAGED);
    }

    @ParameterizedTest
    @EnumSource
    void anObjectThatEndsBeforeIsDamage(Depth depth) throws InterruptedException {
        put(new byte[10]);
        assertThat(judge(depth)).contains(Reason.DAMAGED);
    }

    @Test
    void aBatchCostsOneGetBesideTheListing() throws InterruptedException {
        List<Operation> sent = new ArrayList<>();
        behaviour = (operation, key, bytes) -> {
            sent.add(operation);
            return Effect.NONE;
        };
        RangeJudge judge = new RangeJudge(store, this::await, Depth.BYTES);
        assertThat(judge.judge(link)).isEmpty();
        assertThat(judge.judge(link)).isEmpty();
        assertThat(sent).containsExactly(Operation.LIST, Operation.GET, Operation.GET);
    }

    @Test
    void anObjectThatGoesAfterTheListingIsMissing() throws InterruptedException {
        RangeJudge judge = new RangeJudge(store, this::await, Depth.BYTES);
        assertThat(judge.judge(link)).isEmpty();
        await(store.delete(List.of(OBJECT.key())));
        assertThat(judge.judge(link)).contains(Reason.MISSING);
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"UNAVAILABLE", "INVALID", "CORRUPT"})
    void aStoreThatDoesNotAnswerIsNoLoss(Kind kind) throws InterruptedException {
        await(store.delete(List.of(OBJECT.key())));
        behaviour = (operation, key, bytes) -> Effect.fail(0, kind);
        assertThatThrownBy(() -> judge(Depth.OBJECTS)).hasRootCauseInstanceOf(ObjectStoreException.class);
        behaviour = (operation, key, bytes) -> Effect.NONE;
        put(batch);
        assertThat(judge(Depth.BYTES)).isEmpty();
    }
}
