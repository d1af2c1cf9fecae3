package io.narrows.proxy;

import io.narrows.testing.Circles;
import java.util.List;
import org.junit.jupiter.api.Test;

class CirclesTest {
    @Test
    void classesFormNoCircles() {
        Circles.check("io.narrows.proxy", 1, List.of());
    }
}
