package io.narrows.bench.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.narrows.cli.verify.Verdict;

/** A verdict as JSON and back. Stateless. */
final class VerdictJson {
    private VerdictJson() {}

    static void write(ObjectNode json, Verdict verdict) {
        json.put("consumed", verdict.consumed())
                .put("lost", verdict.lost())
                .put("duplicated", verdict.duplicated())
                .put("misordered", verdict.misordered())
                .put("corrupt", verdict.corrupt())
                .put("abortedSeen", verdict.abortedSeen())
                .put("foreign", verdict.foreign())
                .put("redelivered", verdict.redelivered());
    }

    static Verdict read(JsonNode json) {
        return new Verdict(
                json.path("consumed").asLong(),
                json.path("lost").asLong(),
                json.path("duplicated").asLong(),
                json.path("misordered").asLong(),
                json.path("corrupt").asLong(),
                json.path("abortedSeen").asLong(),
                json.path("foreign").asLong(),
                json.path("redelivered").asLong());
    }
}
