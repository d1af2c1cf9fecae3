package io.narrows.proxy.api;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.apache.kafka.common.protocol.ApiMessage;

/** Puts the answers of several brokers together. */
final class Merged {
    private Merged() {}

    /** All answers are there. {@code merge} adds what its second argument says to its first, {@code all}. */
    static Answer of(
            List<CompletableFuture<Answer>> answers, ApiMessage all, BiConsumer<ApiMessage, ApiMessage> merge) {
        int throttleTimeMs = 0;
        for (CompletableFuture<Answer> answer : answers) {
            if (!(answer.getNow(new Answer.Silence()) instanceof Answer.Reply reply)) {
                return new Answer.Hangup("a broker's error has no form in this API");
            }
            merge.accept(all, reply.body());
            throttleTimeMs = Math.max(throttleTimeMs, reply.throttleTimeMs());
        }
        return new Answer.Reply(all, throttleTimeMs);
    }
}
