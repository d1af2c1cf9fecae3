package io.narrows.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.server.UnsentResponses.Holder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class UnsentResponsesTest {
    private final UnsentResponses unsent = new UnsentResponses(100);
    private final List<String> ended = new ArrayList<>();

    private Holder open(String name) {
        return unsent.open(() -> ended.add(name));
    }

    @Test
    void theConnectionThatHasTakenNothingForLongestEnds() {
        Holder first = open("first");
        Holder second = open("second");
        unsent.add(first, 40);
        unsent.add(second, 40);
        unsent.sent(first, 10);
        unsent.add(open("third"), 40);
        assertThat(ended).containsExactly("second");
        assertThat(unsent.heldBytes()).isEqualTo(70);
        unsent.sent(second, 40);
        unsent.close(second);
        assertThat(unsent.heldBytes()).as("it was given back before").isEqualTo(70);
    }

    @Test
    void oneThatReadsIsServedWhileOthersDoNot() {
        for (int i = 0; i < 1_000; i++) {
            unsent.add(open("idle"), 30);
        }
        assertThat(ended).hasSize(997).containsOnly("idle");
        Holder reader = open("reader");
        for (int i = 0; i < 1_000; i++) {
            unsent.add(reader, 90);
            unsent.sent(reader, 90);
        }
        assertThat(ended).doesNotContain("reader");
    }

    @Test
    void aSingleResponseMayBeLarger() {
        Holder one = open("one");
        unsent.add(one, 1_000);
        assertThat(ended).isEmpty();
        unsent.close(one);
        assertThat(unsent.heldBytes()).isZero();
        unsent.add(one, 1_000);
        assertThat(unsent.heldBytes()).as("after its end").isZero();
    }
}
