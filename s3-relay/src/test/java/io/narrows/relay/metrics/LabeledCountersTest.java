package io.narrows.relay.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.metrics.LabeledCounters.Label;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class LabeledCountersTest {
    private final LabeledCounters topics =
            new LabeledCounters(new Label("topic", LabeledCounters.MANY), new Label("path", LabeledCounters.FEW));

    @Test
    void whatComesAfterAThousandTopicsIsCountedTogether() {
        for (int topic = 0; topic < 5_000; topic++) {
            topics.cell("topic-" + topic, "direct").add(10);
        }
        assertThat(topics.getValue())
                .hasSize(LabeledCounters.MANY + 1)
                .containsEntry(List.of("topic-999", "direct"), 10L)
                .containsEntry(List.of(LabeledCounters.OTHER, "direct"), 40_000L);
    }

    @Test
    void aTopicThatIsToldApartStaysSo() {
        topics.cell("first", "direct").add(1);
        IntStream.range(0, 5_000).forEach(topic -> topics.cell("topic-" + topic, "direct"));
        topics.cell("first", "staged").add(2);
        assertThat(topics.cell("first", "direct").sum()).isEqualTo(1);
        assertThat(topics.getValue()).containsEntry(List.of("first", "staged"), 2L);
    }

    @Test
    void threadsThatRaceForTheLastPlacesKeepTheBoundAndLoseNothing() throws InterruptedException {
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> threads = IntStream.range(0, 4)
                .mapToObj(thread -> new Thread(() -> {
                    awaited(start);
                    for (int topic = 0; topic < 2_000; topic++) {
                        topics.cell("topic-" + thread + "-" + topic, "direct").increment();
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(topics.getValue()).hasSize(LabeledCounters.MANY + 1);
        assertThat(topics.getValue().values().stream()
                        .flatMapToLong(LongStream::of)
                        .sum())
                .isEqualTo(8_000);
    }

    @Test
    void longValuesAreCutAndEmptyOnesNamed() {
        topics.cell("x".repeat(40_000), "").increment();
        assertThat(topics.getValue()).containsOnlyKeys(List.of("x".repeat(249), LabeledValues.UNKNOWN));
    }

    private static void awaited(CountDownLatch start) {
        try {
            start.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
