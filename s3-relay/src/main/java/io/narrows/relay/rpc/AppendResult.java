package io.narrows.relay.rpc;

import java.util.List;

/** Results of some entries of one {@link AppendRequest}; each entry gets exactly one, in any order and grouping. */
public record AppendResult(long requestId, List<EntryResult> results) {
    public AppendResult {
        results = List.copyOf(results);
    }
}
