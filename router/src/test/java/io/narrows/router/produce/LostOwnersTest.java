package io.narrows.router.produce;

import static io.narrows.router.produce.ThreeZones.context;
import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.rpc.ProduceContext;
import io.narrows.router.policy.PathMode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Producers that come to a proxy which has become the owner of their partition. */
class LostOwnersTest {
    private static final long MS = ThreeZones.MS;

    @AutoClose
    private final ThreeZones zones = new ThreeZones();

    private final Map<String, ProduceConnection> connections = new HashMap<>();

    /** What it sent before may be in flight at the other one, and a leader that does not know it would take any batch. */
    @Test
    void aProducerThatMayHaveBatchesAtAnotherProxySendsAgainUnlessItBegins() {
        zones.open(PathMode.DIRECT);
        assertThat(errorOf(context("known"), 7)).isEqualTo(Errors.NONE);
        AtomicBoolean lost = new AtomicBoolean(true);
        zones.router.producersMayHaveBatchesElsewhere(lost::get);
        assertThat(errorOf(context("known"), 8)).isEqualTo(Errors.NONE);
        assertThat(errorOf(context("new"), 0)).isEqualTo(Errors.NONE);
        assertThat(errorOf(context("comes"), 5)).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(errorOf(context("comes"), 5)).isEqualTo(Errors.NONE);
        assertThat(errorOf(context("comes"), 6)).isEqualTo(Errors.NONE);
        lost.set(false);
        assertThat(errorOf(context("later"), 9)).isEqualTo(Errors.NONE);
    }

    private Errors errorOf(ProduceContext context, int sequence) {
        ProduceConnection client = connections.computeIfAbsent(context.clientId(), id -> zones.router.connect());
        CompletableFuture<List<BatchOutcome>> outcome = zones.produce(client, context, 1, 1 << 10, sequence);
        zones.loop.advance(500 * MS);
        return Errors.forCode(outcome.join().get(0).errorCode());
    }
}
