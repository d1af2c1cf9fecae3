package io.narrows.relay;

import io.narrows.testing.Circles;
import io.narrows.testing.Circles.Allowed;
import java.util.List;
import org.junit.jupiter.api.Test;

class CirclesTest {
    private static final List<Allowed> ALLOWED = List.of(Allowed.because(
            "one account of memory: quotas and arrivals change under its lock",
            "memory.ClientMemory",
            "memory.ConnectionArrivals",
            "memory.Payer"));

    @Test
    void classesFormNoCirclesButTheDeclaredOnes() {
        Circles.check("io.narrows.relay", 1, ALLOWED);
    }
}
