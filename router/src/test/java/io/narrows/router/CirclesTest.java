package io.narrows.router;

import io.narrows.testing.Circles;
import io.narrows.testing.Circles.Allowed;
import java.util.List;
import org.junit.jupiter.api.Test;

class CirclesTest {
    private static final List<Allowed> ALLOWED = List.of(
            Allowed.because(
                    "a state machine, its entries and its effects", "lane.Lane", "lane.LaneActions", "lane.LaneEntry"),
            Allowed.because(
                    "a connection has calls, and a call remembers the connections that it tried",
                    "upstream.BrokerConnection",
                    "upstream.Call"));

    @Test
    void classesFormNoCirclesButTheDeclaredOnes() {
        Circles.check("io.narrows.router", 1, ALLOWED);
    }
}
