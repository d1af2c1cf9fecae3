package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.store.HedgingObjectStore.Policy;
import io.narrows.relay.store.MemoryObjectStore.Effect;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakDetection.class)
final class HedgingObjectStoreTest {
    private static final long MS = 1_000_000L;

    private final ManualLoop loop = new ManualLoop(0);
    private final ArrayDeque<Effect> effects = new ArrayDeque<>();
    private final MemoryObjectStore memory = new MemoryObjectStore(
            loop, (operation, key, bytes) -> effects.isEmpty() ? Effect.delay(10 * MS) : effects.remove());
    private final StoreMetrics metrics = new StoreMetrics(new MetricRegistry(), "store");
    private final HedgingObjectStore store = new HedgingObjectStore(memory, loop, metrics, new Policy(0.05, 2, 5 * MS));

    @Test
    void slowPutIsSentAgainAndTheFasterCopyAnswers() {
        warmUp();
        effects.add(Effect.delay(10_000 * MS));
        effects.add(Effect.delay(10 * MS));
        ByteBuf body = Unpooled.buffer().writeInt(7);

        CompletableFuture<Void> put = store.put("slow", body);
        loop.advance(25 * MS);

        assertThat(put).isCompleted();
        assertThat(metrics.hedgesSent()).isEqualTo(1);
        assertThat(metrics.hedgesWon()).isEqualTo(1);
        loop.advance(10_000 * MS);
        assertThat(body.refCnt()).isZero();
    }

    @Test
    void loserOfAGetIsReleased() {
        warmUp();
        effects.add(Effect.delay(40 * MS));
        effects.add(Effect.delay(50 * MS));

        CompletableFuture<ByteBuf> get = store.get("warm", 0, 4);
        loop.advance(100 * MS);

        assertThat(get.join().release()).isTrue();
        assertThat(metrics.hedgesSent()).isEqualTo(1);
        assertThat(metrics.hedgesWon()).isZero();
    }

    @Test
    void ordinaryRequestsAreNotHedged() {
        warmUp();

        assertThat(metrics.hedgesSent()).isZero();
        assertThat(metrics.hedgesDenied()).isZero();
    }

    @Test
    void hedgesStayWithinTheBudgetWhenEverythingIsSlow() {
        warmUp();
        for (int i = 0; i < 200; i++) {
            effects.add(Effect.delay(500 * MS));
        }
        for (int i = 0; i < 20; i++) {
            CompletableFuture<Void> unused =
                    store.put("slow" + i, Unpooled.buffer().writeInt(i));
        }

        loop.advance(2_000 * MS);

        assertThat(metrics.hedgesSent()).isBetween(2L, 3L);
        assertThat(metrics.hedgesDenied()).isEqualTo(20 - metrics.hedgesSent());
    }

    @Test
    void failureBeforeTheHedgeIsFinal() {
        warmUp();
        effects.add(Effect.fail(5 * MS, Kind.UNAVAILABLE));
        ByteBuf body = Unpooled.buffer().writeInt(7);

        CompletableFuture<Void> put = store.put("failing", body);
        loop.advance(100 * MS);

        ObjectStoreContract.assertKind(Kind.UNAVAILABLE, put);
        assertThat(metrics.hedgesSent()).isZero();
        assertThat(body.refCnt()).isZero();
    }

    @Test
    void failureOfOneCopyWaitsForTheOther() {
        warmUp();
        effects.add(Effect.fail(30 * MS, Kind.UNAVAILABLE));
        effects.add(Effect.delay(40 * MS));

        CompletableFuture<Void> put = store.put("half", Unpooled.buffer().writeInt(7));
        loop.advance(35 * MS);

        assertThat(put).isNotDone();
        loop.advance(40 * MS);
        assertThat(put).isCompleted();
    }

    private void warmUp() {
        for (int i = 0; i < 64; i++) {
            CompletableFuture<Void> put = store.put("warm", Unpooled.buffer().writeInt(i));
            loop.advance(10 * MS);
            assertThat(put).isCompleted();
            CompletableFuture<ByteBuf> get = store.get("warm", 0, 4);
            loop.advance(10 * MS);
            get.join().release();
        }
    }
}
