package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.store.MemoryObjectStore.Effect;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class MemoryObjectStoreTest extends ObjectStoreContract {
    private final MemoryObjectStore store = new MemoryObjectStore();

    @Override
    ObjectStore store() {
        return store;
    }

    @Test
    void operationsOnALoopEndWhenTheirTimeHasCome() {
        ManualLoop loop = new ManualLoop(5_000);
        MemoryObjectStore slow = new MemoryObjectStore(loop, (operation, key, bytes) -> Effect.delay(100));

        CompletableFuture<Void> put = slow.put("k", Unpooled.wrappedBuffer(new byte[3]));
        loop.advance(99);

        assertThat(put).isNotDone();
        loop.advance(1);
        assertThat(put).isCompleted();
        CompletableFuture<ObjectInfo> head = slow.head("k");
        loop.advance(100);
        assertThat(head).isCompletedWithValue(new ObjectInfo("k", 3, 5_000, "\"1\""));
    }

    @Test
    void lostAnswerLeavesTheObjectBehindAndAFailureDoesNot() {
        ManualLoop loop = new ManualLoop(0);
        MemoryObjectStore store = new MemoryObjectStore(
                loop,
                (operation, key, bytes) ->
                        key.equals("lost") ? Effect.loseAnswer(1) : Effect.fail(1, Kind.UNAVAILABLE));
        ByteBuf body = Unpooled.buffer().writeByte(1);

        CompletableFuture<Void> lost = store.put("lost", body.retain());
        CompletableFuture<Void> failed = store.put("failed", body);
        loop.advance(1);

        assertKind(Kind.UNAVAILABLE, lost);
        assertKind(Kind.UNAVAILABLE, failed);
        assertThat(store.keys()).containsExactly("lost");
        assertThat(body.refCnt()).isZero();
    }
}
