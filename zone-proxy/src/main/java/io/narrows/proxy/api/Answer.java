package io.narrows.proxy.api;

import io.narrows.proxy.fetch.RecordsReply;
import org.apache.kafka.common.protocol.ApiMessage;

/** What happens to the client's connection in return for a request. */
public sealed interface Answer {
    /** A response; the session stops reading for the throttle time, as a broker does (KIP-219). */
    record Reply(ApiMessage body, int throttleTimeMs) implements Answer {
        public Reply(ApiMessage body) {
            this(body, 0);
        }
    }

    /** A response to Fetch or ShareFetch, whose records are in the buffers they came in. The receiver of the answer releases it. */
    record Fetched(RecordsReply<?> reply) implements Answer {
        public int throttleTimeMs() {
            return reply.throttleTimeMs();
        }
    }

    /** The request has no response (acks=0). */
    record Silence() implements Answer {}

    /** The connection ends here, after the answers of earlier requests. */
    record Hangup(String reason) implements Answer {}
}
