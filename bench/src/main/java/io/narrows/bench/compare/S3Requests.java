package io.narrows.bench.compare;

import com.fasterxml.jackson.databind.JsonNode;

/** Requests and object bytes, as the S3 server counted them. */
public record S3Requests(long put, long get, long list, long head, long delete, long bytesPut, long bytesGot) {
    static final S3Requests NONE = new S3Requests(0, 0, 0, 0, 0, 0, 0);

    /** From an answer of {@code narrows bench s3}, or from a result. */
    static S3Requests of(JsonNode json) {
        return new S3Requests(
                json.path("put").asLong(),
                json.path("get").asLong(),
                json.path("list").asLong(),
                json.path("head").asLong(),
                json.path("delete").asLong(),
                json.path("bytesPut").asLong(),
                json.path("bytesGot").asLong());
    }

    S3Requests minus(S3Requests earlier) {
        return new S3Requests(
                put - earlier.put,
                get - earlier.get,
                list - earlier.list,
                head - earlier.head,
                delete - earlier.delete,
                bytesPut - earlier.bytesPut,
                bytesGot - earlier.bytesGot);
    }
}
