package io.narrows.cli.cost.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.narrows.cli.cost.StoreUse;

/** Requests to the object store as results keep them. */
final class StoreCounts {
    private StoreCounts() {}

    /** {@code bytesGot} is the name of that field, which differs. What a result does not count is unknown. */
    static StoreUse of(JsonNode s3, String bytesGot) {
        return new StoreUse(
                s3.path("put").asLong(),
                s3.path("get").asLong(),
                s3.path("list").asLong(),
                s3.path("head").asLong(),
                s3.path("delete").asLong(),
                s3.path("bytesPut").asLong(),
                s3.path(bytesGot).asLong(),
                s3.path("retries").asLong(StoreUse.UNKNOWN),
                s3.path("hedges").asLong(StoreUse.UNKNOWN));
    }
}
