package io.narrows.testing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.narrows.testing.Circles.Allowed;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The check on two classes that refer to each other, one through a nested class, and one that stands outside. */
class CirclesTest {
    private static final String ROOT = "io.narrows.testing.circle";
    private static final Allowed PAIR = Allowed.because("one concept", "First", "Second");

    @Test
    void circleFailsWithItsReferences() {
        assertThatThrownBy(() -> check(1))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("2 classes: First, Second")
                .hasMessageContaining("First -> Second")
                .hasMessageContaining("(Second.java:5)");
    }

    @Test
    void declaredOrSmallCirclePasses() {
        check(1, PAIR);
        check(2);
    }

    @Test
    void declaredCircleThatIsNoneFails() {
        assertThatThrownBy(() -> check(1, PAIR, Allowed.because("gone", "First", "part.Outside")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("it is none (gone)");
    }

    @Test
    void rootWithoutClassesFails() {
        assertThatThrownBy(() -> Circles.check("io.narrows.none", 1, List.of()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("No class below io.narrows.none");
    }

    private static void check(int limit, Allowed... allowed) {
        Circles.check(ROOT, limit, List.of(allowed), new ClassFileImporter());
    }
}
