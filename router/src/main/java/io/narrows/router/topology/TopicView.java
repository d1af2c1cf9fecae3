package io.narrows.router.topology;

import java.util.List;
import java.util.UUID;

/** A topic and its partitions, by index. */
public record TopicView(String name, UUID id, List<PartitionView> partitions) {
    public TopicView {
        partitions = List.copyOf(partitions);
    }
}
