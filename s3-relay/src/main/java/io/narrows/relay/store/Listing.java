package io.narrows.relay.store;

import java.util.List;

/** One page of a listing, in key order; {@code truncated} when more keys follow the last one. */
public record Listing(List<ObjectInfo> objects, boolean truncated) {
    public Listing {
        objects = List.copyOf(objects);
    }
}
