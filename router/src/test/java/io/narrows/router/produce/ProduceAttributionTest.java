package io.narrows.router.produce;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.metrics.LabeledCounters;
import io.narrows.relay.metrics.LabeledValues;
import io.narrows.router.lane.LaneAccount;
import io.narrows.router.lane.SentForm;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProduceAttributionTest {
    private final MetricRegistry registry = new MetricRegistry();
    private final ProduceAttribution attribution = new ProduceAttribution(registry);

    private Map<List<String>, Long> values(String metric) {
        return ((LabeledValues) registry.getMetrics().get(metric)).getValue();
    }

    @Test
    void eachFormCountsForItsPathAndOnlyWhatLeavesTheZoneMakesHops() {
        LaneAccount account = attribution.account("t", "c");
        account.answered(SentForm.LOCAL, 1);
        account.answered(SentForm.DIRECT, 10);
        account.answered(SentForm.STAGED, 100);
        account.answered(SentForm.STAGED_LOCAL, 1000);

        assertThat(values(ProduceAttribution.TOPIC_BYTES))
                .isEqualTo(
                        Map.of(List.of("t", "local"), 1L, List.of("t", "direct"), 10L, List.of("t", "staged"), 1100L));
        assertThat(values(ProduceAttribution.CLIENT_BYTES))
                .isEqualTo(
                        Map.of(List.of("c", "local"), 1L, List.of("c", "direct"), 10L, List.of("c", "staged"), 1100L));
        assertThat(values(ProduceAttribution.TOPIC_HOP_BYTES)).isEqualTo(Map.of(List.of("t"), 110L));
    }

    @Test
    void lanesOfOneTopicAndClientShareTheirCounters() {
        attribution.account("t", "c").answered(SentForm.LOCAL, 1);
        attribution.account("t", "c").answered(SentForm.LOCAL, 2);
        assertThat(values(ProduceAttribution.TOPIC_BYTES)).containsEntry(List.of("t", "local"), 3L);
    }

    @Test
    void clientsThatInventTopicsAndIdsFillAThousandPlacesOfEach() {
        for (int i = 0; i < 3 * LabeledCounters.MANY; i++) {
            attribution.account("topic-" + i, "client-" + i).answered(SentForm.STAGED, 7);
        }
        int series = 3 * (LabeledCounters.MANY + 1);
        long beyond = 2L * LabeledCounters.MANY * 7;
        assertThat(values(ProduceAttribution.TOPIC_BYTES))
                .hasSize(series)
                .containsEntry(List.of(LabeledCounters.OTHER, "staged"), beyond);
        assertThat(values(ProduceAttribution.CLIENT_BYTES))
                .hasSize(series)
                .containsEntry(List.of(LabeledCounters.OTHER, "staged"), beyond);
        assertThat(values(ProduceAttribution.TOPIC_HOP_BYTES)).hasSize(LabeledCounters.MANY + 1);
    }
}
