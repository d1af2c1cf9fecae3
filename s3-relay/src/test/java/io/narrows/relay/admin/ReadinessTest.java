package io.narrows.relay.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class ReadinessTest {
    @Test
    void readyWithoutConditions() {
        assertThat(new Readiness().text()).isEmpty();
    }

    @Test
    void namesEachConditionThatDoesNotHold() {
        Readiness readiness = new Readiness();
        AtomicReference<String> store = new AtomicReference<>("access denied");
        readiness.check("store", store::get);
        Readiness.Condition group = readiness.condition("gateway");
        assertThat(readiness.text()).isEqualTo("store: access denied");

        group.notReady("joining");
        assertThat(readiness.reasons())
                .containsExactly(
                        new Readiness.Reason("gateway", "joining"), new Readiness.Reason("store", "access denied"));

        group.ready();
        store.set("");
        assertThat(readiness.text()).isEmpty();
    }

    @Test
    void warningsDoNotChangeTheReadiness() {
        Readiness readiness = new Readiness();
        readiness.warning("store", () -> "access denied");
        readiness.warning("nothing", () -> "");

        assertThat(readiness.text()).isEmpty();
        assertThat(readiness.warnings()).containsExactly(new Readiness.Reason("store", "access denied"));
        assertThatThrownBy(() -> readiness.warning("store", () -> "")).hasMessageContaining("store");
    }

    @Test
    void refusesASecondConditionOfOneName() {
        Readiness readiness = new Readiness();
        readiness.check("store", () -> "");
        assertThatThrownBy(() -> readiness.condition("store")).hasMessageContaining("store");
    }
}
