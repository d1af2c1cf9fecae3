package io.narrows.proxy.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.ProxyMember;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A batch that a connection's thread takes while the router's loop adopts a plan. */
final class PartitionOwnershipTest {
    private static final ProxyMember A = member("a");
    private static final ProxyMember B = member("b");
    private static final Assignment OF_B = new Assignment(1, List.of(B), List.of(), List.of(), 0);

    private final PartitionOwnership handover = new PartitionOwnership(A, new GatewayMetrics(new MetricRegistry()));

    private static ProxyMember member(String id) {
        return new ProxyMember(id, NodeIds.madeUp(id, 0), 2, Map.of("CLIENTS", new Endpoint(id + ".zone", 9092)));
    }

    @Test
    void whatIsTakenAloneBeforeThePlanIsTold() {
        assertThat(handover.tryEnter("t", 0)).isTrue();
        handover.serveAlone(A);
        assertThat(handover.tookAlone()).as("still alone").isTrue();
        assertThat(handover.adopt(OF_B, A)).isTrue();
        assertThat(handover.tookAlone()).isFalse();
        assertThat(handover.adopt(OF_B, A)).as("once").isFalse();
    }

    @Test
    void aLookThatThePlanOvertakesIsRepeated() {
        PartitionOwnership.Lived seen = handover.lived();
        assertThat(handover.adopt(OF_B, A)).isFalse();
        assertThat(handover.takesAlone(seen)).isFalse();
        assertThat(handover.tryEnter("t", 0)).isFalse();
        handover.serveAlone(A);
        assertThat(handover.tookAlone()).as("in another life").isFalse();
    }
}
