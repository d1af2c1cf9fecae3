package io.narrows.router;

import io.narrows.testing.Circles;
import io.narrows.testing.Circles.Allowed;
import java.util.List;
import org.junit.jupiter.api.Test;

class CirclesTest {
    private static final List<Allowed> ALLOWED = List.of(
            Allowed.because(
                    "not cut yet: nested types",
                    "lane.Lane",
                    "lane.LaneActions",
                    "lane.LaneEntry",
                    "lane.ReorderGuard"),
            Allowed.because(
                    "not cut yet: all hold the loop",
                    "produce.ConnectionLanes",
                    "produce.FlushDispatcher",
                    "produce.LeaderConnection",
                    "produce.LeaderFinder",
                    "produce.LeaderSession",
                    "produce.PendingCall",
                    "produce.ProduceLoop",
                    "produce.ProducerLanes"),
            Allowed.because(
                    "not cut yet: nested types",
                    "upstream.BrokerConnection",
                    "upstream.BrokerVersions",
                    "upstream.Call",
                    "upstream.ClientUpstream",
                    "upstream.KafkaWire",
                    "upstream.ResponseReader",
                    "upstream.Upstream"));

    @Test
    void classesFormNoCirclesButTheDeclaredOnes() {
        Circles.check("io.narrows.router", 1, ALLOWED);
    }
}
