package io.narrows.relay.rpc;

import java.util.List;

/** Entries that share what their client's Produce request said. */
public record AppendGroup(ProduceContext context, List<AppendEntry> entries) {
    public AppendGroup {
        entries = List.copyOf(entries);
    }
}
