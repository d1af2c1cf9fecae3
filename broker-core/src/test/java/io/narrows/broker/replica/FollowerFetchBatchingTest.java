package io.narrows.broker.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.loop.ManualLoop;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.replica.ClientMetadata.DefaultClientMetadata;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.server.storage.log.FetchIsolation;
import org.apache.kafka.server.storage.log.FetchParams;
import org.junit.jupiter.api.Test;

class FollowerFetchBatchingTest {
    private static final int LINK = 110;

    private final ManualLoop clock = new ManualLoop(0);
    private final FollowerFetchBatching pace =
            new FollowerFetchBatching(new FollowerFetchBatching.Waits(20, 10), clock);

    @Test
    void fewLinksDoNotWaitForOthers() {
        flow(fetch(2, "f", 500), LINK, 20, 50);

        assertThat(pace.paced(fetch(2, "f", 500)).minBytes).isEqualTo(1);
    }

    @Test
    void whoHasGotNewsHearsOfTheHighWatermarkSoon() {
        assertThat(pace.paced(fetch(2, "f", 500)).maxWaitMs).isEqualTo(500);

        pace.answered(fetch(2, "f", 500), links(LINK));

        assertThat(pace.paced(fetch(2, "f", 500)).maxWaitMs).isEqualTo(10);
        assertThat(pace.paced(fetch(2, "f", 5)).maxWaitMs).isEqualTo(5);
        assertThat(pace.paced(fetch(3, "f", 500)).maxWaitMs).isEqualTo(500);
        clock.advance(TimeUnit.MILLISECONDS.toNanos(99));
        assertThat(pace.paced(fetch(2, "f", 500)).maxWaitMs).isEqualTo(10);
        clock.advance(TimeUnit.MILLISECONDS.toNanos(1));
        assertThat(pace.paced(fetch(2, "f", 500)).maxWaitMs).isEqualTo(500);
    }

    @Test
    void manyLinksWaitForWhatIsLikelyToCome() {
        flow(fetch(2, "f", 500), LINK, 1, 1000);

        FetchParams paced = pace.paced(fetch(2, "f", 500));

        assertThat(paced.maxWaitMs).isEqualTo(20);
        assertThat(paced.minBytes).isBetween(17 * LINK, 23 * LINK);
    }

    @Test
    void waitsNoLongerThanTheFollowerAsks() {
        flow(fetch(2, "f", 5), LINK, 1, 1000);

        assertThat(pace.paced(fetch(2, "f", 5)).maxWaitMs).isEqualTo(5);
    }

    @Test
    void whatIsWaitedForIsBounded() {
        flow(fetch(2, "f", 500), 64 << 10, 1, 1000);

        assertThat(pace.paced(fetch(2, "f", 500)).minBytes).isEqualTo(FollowerFetchBatching.MAX_BYTES);
    }

    /** One producer that waits for each acknowledgement would wait for company that never comes. */
    @Test
    void batchesAsBytesDoNotWait() {
        for (int i = 0; i < 1000; i++) {
            pace.answered(fetch(2, "f", 500), new FollowerFetchBatching.News(1_100, 0));
            clock.advance(TimeUnit.MILLISECONDS.toNanos(1));
        }

        assertThat(pace.paced(fetch(2, "f", 500)).minBytes).isEqualTo(1);
    }

    @Test
    void forgetsAFlowThatHasEnded() {
        flow(fetch(2, "f", 500), LINK, 1, 1000);

        clock.advance(TimeUnit.SECONDS.toNanos(2));

        assertThat(pace.paced(fetch(2, "f", 500)).minBytes).isEqualTo(1);
    }

    @Test
    void eachThreadOfAFollowerHasAPaceOfItsOwn() {
        flow(fetch(2, "f", 500), LINK, 1, 1000);

        assertThat(pace.paced(fetch(2, "other", 500)).minBytes).isEqualTo(1);
        assertThat(pace.paced(fetch(3, "f", 500)).minBytes).isEqualTo(1);
    }

    @Test
    void consumersAreLeftAlone() {
        FetchParams consumer = fetch(-1, "c", 500);
        flow(consumer, LINK, 1, 1000);

        assertThat(pace.paced(consumer)).isSameAs(consumer);
    }

    @Test
    void zeroTurnsGatheringOff() {
        FollowerFetchBatching off = new FollowerFetchBatching(new FollowerFetchBatching.Waits(0, 10), clock);
        FetchParams params = fetch(2, "f", 500);
        for (int i = 0; i < 1000; i++) {
            off.answered(params, links(LINK));
        }

        assertThat(off.paced(params).minBytes).isEqualTo(1);
    }

    private static FollowerFetchBatching.News links(int bytes) {
        return new FollowerFetchBatching.News(bytes, bytes);
    }

    private void flow(FetchParams params, int bytes, int everyMs, int times) {
        for (int i = 0; i < times; i++) {
            pace.answered(params, links(bytes));
            clock.advance(TimeUnit.MILLISECONDS.toNanos(everyMs));
        }
    }

    private static FetchParams fetch(int replicaId, String clientId, int maxWaitMs) {
        return new FetchParams(
                replicaId,
                -1,
                maxWaitMs,
                1,
                1 << 20,
                FetchIsolation.LOG_END,
                Optional.of(new DefaultClientMetadata(
                        "", clientId, InetAddress.getLoopbackAddress(), KafkaPrincipal.ANONYMOUS, "L")));
    }
}
