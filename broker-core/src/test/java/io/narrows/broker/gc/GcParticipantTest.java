package io.narrows.broker.gc;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.gc.collector.Collector.Membership;
import io.narrows.broker.gc.collector.Floors;
import io.narrows.broker.gc.collector.GcBucket;
import io.narrows.broker.gc.collector.GcRound;
import io.narrows.broker.gc.collector.Registration;
import io.narrows.broker.gc.collector.WriterIncarnation;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.store.MemoryObjectStore.Effect;
import io.narrows.relay.store.ObjectStoreException.Kind;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How often the bucket is asked at the start, and what is learned there. */
final class GcParticipantTest {
    private static final Registration PROCESS = new Registration(1, "start", Set.of("disk"));
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final ManualLoop loop = new ManualLoop(1_000_000_000);
    private final BrokerReferences references = new BrokerReferences(loop::nanoTime, 1_000);
    private int requests;
    private boolean throttles;

    private final MemoryObjectStore store = new MemoryObjectStore(loop, (operation, key, bytes) -> {
        requests++;
        return throttles ? Effect.fail(1_000_000, Kind.THROTTLED) : Effect.delay(1_000_000);
    });
    private final GcBucket bucket = new GcBucket(store, loop);

    @Test
    void aStoreThatThrottlesIsAskedEverMoreRarely() {
        throttles = true;
        participant().start();

        seconds(60);
        assertThat(requests).isBetween(5, 20);

        throttles = false;
        seconds(16);
        assertThat(references.isReady()).isTrue();
    }

    @Test
    void aBucketOfAnotherClusterIsAskedEverMoreRarely() {
        var unused = bucket.claim("another");
        seconds(1);
        requests = 0;
        participant().start();

        seconds(60);

        assertThat(requests).isBetween(5, 40);
        assertThat(references.isReady()).isFalse();
    }

    /** By this machine's clock the floor is older than floors are remembered; the clock may be wrong. */
    @Test
    void allFloorsCountAtTheStart() {
        WriterIncarnation writer = new WriterIncarnation("proxy-a", 7);
        Floors floors = Floors.of(Map.of(writer, new Floors.Floor(5, 0)));
        var unused = bucket.write(new GcRound(1, 9, GcRound.State.COMPLETE, 0, 1_000, floors));
        seconds(1);
        participant().start();
        seconds(5);
        assertThat(references.isReady()).isTrue();

        try (BrokerReferences.Claim below = references.claim(writer.object(4));
                BrokerReferences.Claim above = references.claim(writer.object(5))) {
            assertThat(below.isGranted()).isFalse();
            assertThat(above.isGranted()).isTrue();
        }
    }

    private GcParticipant participant() {
        Membership membership = new Membership() {
            @Override
            public int collector() {
                return 1;
            }

            @Override
            public Map<Integer, Registration> registered() {
                return Map.of(1, PROCESS);
            }
        };
        GcParticipant.LocalBroker local = new GcParticipant.LocalBroker() {
            @Override
            public Optional<Registration> registration() {
                return Optional.of(PROCESS);
            }

            @Override
            public boolean hasReadAllLogs() {
                return true;
            }
        };
        return new GcParticipant(
                new GcParticipant.Settings(1, "cluster", 30 * SECOND, 1_000),
                new GcParticipant.Dependencies(bucket, loop, membership, local, references));
    }

    private void seconds(int count) {
        for (int step = 0; step < count * 100; step++) {
            loop.advance(SECOND / 100);
        }
    }
}
