package io.narrows.broker;

import io.narrows.testing.Circles;
import io.narrows.testing.Circles.Allowed;
import java.util.List;
import org.junit.jupiter.api.Test;

class CirclesTest {
    private static final List<Allowed> ALLOWED = List.of(
            Allowed.because(
                    "one log: its reads, searches and retention use what the stock log does, which only it can call",
                    "log.HybridLog",
                    "log.HybridReader",
                    "log.LogicalRetention",
                    "log.TimestampSearch"),
            Allowed.because(
                    "a response is charged to a memory, which takes it back from a client that reads nothing",
                    "read.Answer",
                    "read.AnswerMemory"));

    @Test
    void classesFormNoCirclesButTheDeclaredOnes() {
        Circles.check("io.narrows.broker", 1, ALLOWED);
    }
}
