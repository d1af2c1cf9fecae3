package io.narrows.relay.store;

import java.util.Optional;

/** What must be true of a key when the store replaces its object; the store decides and writes in one step. */
public sealed interface PutCondition {
    /** There is no object under the key. */
    static PutCondition absent() {
        return new Absent();
    }

    /** The object under the key is the one with this entity tag. */
    static PutCondition matches(String etag) {
        return new Matches(etag);
    }

    /** The object is still the one that was seen, or is still absent. */
    static PutCondition unchanged(Optional<ObjectInfo> seen) {
        return seen.map(object -> matches(object.etag())).orElseGet(PutCondition::absent);
    }

    /** {@code If-None-Match: *}. */
    record Absent() implements PutCondition {}

    /** {@code If-Match: <etag>}. */
    record Matches(String etag) implements PutCondition {}
}
