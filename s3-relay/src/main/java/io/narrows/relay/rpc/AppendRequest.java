package io.narrows.relay.rpc;

import java.util.List;

/**
 * Entries for one leader. {@code requestId} is unique per connection; results name it and the entry's index, counted
 * over all groups in order from 0. Owns the buffers of its entries.
 */
public record AppendRequest(long requestId, List<AppendGroup> groups) {
    public AppendRequest {
        groups = List.copyOf(groups);
    }

    public void release() {
        groups.forEach(group -> group.entries().forEach(AppendEntry::release));
    }
}
