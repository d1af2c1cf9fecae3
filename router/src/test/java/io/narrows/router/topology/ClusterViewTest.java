package io.narrows.router.topology;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ClusterViewTest {
    private static final Broker BROKER = new Broker(1, "h", 9092, "a", RelayEndpoint.NONE);

    @Test
    void aLeaderHintCostsTheSameWithManyTopicsAsWithFew() {
        ClusterView few = view(100);
        ClusterView many = view(20_000);
        allocatedByHints(few);
        allocatedByHints(many);

        long withFew = allocatedByHints(few);
        long withMany = allocatedByHints(many);

        // Paths from the root of a tree are longer with more topics; a copy of all topics would be 200 times as large.
        assertThat(withMany).isLessThan(4 * withFew);
    }

    @Test
    void viewsShareTheTopicsThatStay() {
        ClusterView before = view(10);

        ClusterView after = MetadataMerge.withLeader(before, id(3), new PartitionView(0, 2, 7));

        assertThat(after.partition(id(3), 0)).isEqualTo(new PartitionView(0, 2, 7));
        assertThat(after.topicsByName().get("topic-3"))
                .isSameAs(after.topicsById().get(id(3)));
        assertThat(after.topicsByName().get("topic-4"))
                .isSameAs(before.topicsByName().get("topic-4"));
        assertThat(before.partition(id(3), 0)).isEqualTo(new PartitionView(0, 1, 1));
    }

    @Test
    void aTopicMadeAgainLeavesNoTraceOfItsFirstId() {
        ClusterView before = view(2);

        ClusterView after = before.with(topic("topic-1", new UUID(8, 8)));

        assertThat(after.topicsById()).containsOnlyKeys(id(0), new UUID(8, 8));
        assertThat(after.topicsByName()).containsOnlyKeys("topic-0", "topic-1");
        assertThat(after.without("topic-1").topicsById()).containsOnlyKeys(id(0));
    }

    @Test
    void whatChangesNothingGivesTheSameView() {
        ClusterView view = view(2);

        assertThat(view.with(topic("topic-1", id(1)))).isSameAs(view);
        assertThat(view.without("unknown")).isSameAs(view);
        assertThat(view.in("c", 1, Map.of(1, BROKER))).isSameAs(view);
    }

    private static long allocatedByHints(ClusterView view) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        ClusterView now = view;
        for (int i = 0; i < 100; i++) {
            now = MetadataMerge.withLeader(now, id(i), new PartitionView(0, 2, 2));
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private static ClusterView view(int topics) {
        return ClusterView.of(
                "c",
                1,
                Map.of(1, BROKER),
                IntStream.range(0, topics)
                        .mapToObj(i -> topic("topic-" + i, id(i)))
                        .toList());
    }

    private static TopicView topic(String name, UUID id) {
        return new TopicView(name, id, List.of(new PartitionView(0, 1, 1), new PartitionView(1, 1, 1)));
    }

    private static UUID id(int i) {
        return new UUID(5, i);
    }
}
