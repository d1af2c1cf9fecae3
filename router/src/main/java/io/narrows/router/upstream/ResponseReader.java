package io.narrows.router.upstream;

import io.netty.buffer.ByteBuf;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.AbstractResponse;

/** Makes of a response's body what its caller wants. */
public interface ResponseReader<T> {
    /** The message, in memory of its own. */
    ResponseReader<ApiMessage> MESSAGE = (body, api, version) -> KafkaWire.readBody(KafkaWire.copy(body), api, version);

    /** The same with what all responses have in common. */
    ResponseReader<AbstractResponse> ANSWER =
            (body, api, version) -> KafkaWire.readAnswer(KafkaWire.copy(body), api, version);

    /** Borrows the body, the frame without its header. Throws any exception for one that is malformed. */
    T read(ByteBuf body, ApiKeys api, short version);
}
