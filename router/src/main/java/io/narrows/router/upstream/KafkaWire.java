package io.narrows.router.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsResponse;

/** Requests to bytes and bytes to responses, with kafka-clients' generated messages. Stateless. */
final class KafkaWire {
    private KafkaWire() {}

    /** The request with its length prefix. */
    static ByteBuf encode(KafkaRequest request, short version, int correlationId) {
        ApiKeys api = request.api();
        short headerVersion = api.requestHeaderVersion(version);
        RequestHeaderData header = new RequestHeaderData()
                .setRequestApiKey(api.id)
                .setRequestApiVersion(version)
                .setCorrelationId(correlationId)
                .setClientId(request.clientId());
        ObjectSerializationCache cache = new ObjectSerializationCache();
        int size = Math.addExact(
                header.size(cache, headerVersion), request.message().size(cache, version));
        ByteBuffer buffer = ByteBuffer.allocate(Math.addExact(Integer.BYTES, size));
        buffer.putInt(size);
        ByteBufferAccessor out = new ByteBufferAccessor(buffer);
        header.write(out, cache, headerVersion);
        request.message().write(out, cache, version);
        return Unpooled.wrappedBuffer(buffer.flip());
    }

    /** The frame without its length prefix, in memory that a message may keep slices of. Borrows the frame. */
    static ByteBuffer copy(ByteBuf frame) {
        byte[] bytes = new byte[frame.readableBytes()];
        frame.getBytes(frame.readerIndex(), bytes);
        return ByteBuffer.wrap(bytes);
    }

    /** Returns the correlation id and moves the frame on to its body. Borrows the frame. */
    static int readHeader(ByteBuf frame, ApiKeys api, short version) {
        ByteBuffer bytes = frame.nioBuffer();
        ResponseHeaderData header =
                new ResponseHeaderData(new ByteBufferAccessor(bytes), api.responseHeaderVersion(version));
        frame.skipBytes(bytes.position());
        return header.correlationId();
    }

    static ApiMessage readBody(ByteBuffer frame, ApiKeys api, short version) {
        return api.messageType.newResponse().getClass() == ApiVersionsResponseData.class
                ? readApiVersions(frame, version)
                : read(frame, api, version);
    }

    static AbstractResponse readAnswer(ByteBuffer frame, ApiKeys api, short version) {
        return api == ApiKeys.API_VERSIONS
                ? new ApiVersionsResponse(readApiVersions(frame, version))
                : AbstractResponse.parseResponse(api, new ByteBufferAccessor(frame), version);
    }

    /** A broker that does not know our version of ApiVersions answers in version 0, independently of the request. */
    static ApiVersionsResponseData readApiVersions(ByteBuffer frame, short version) {
        boolean unsupported = frame.remaining() >= Short.BYTES
                && frame.getShort(frame.position()) == Errors.UNSUPPORTED_VERSION.code();
        return (ApiVersionsResponseData) read(frame, ApiKeys.API_VERSIONS, unsupported ? 0 : version);
    }

    private static ApiMessage read(ByteBuffer frame, ApiKeys api, short version) {
        ApiMessage message = api.messageType.newResponse();
        message.read(new ByteBufferAccessor(frame), version);
        return message;
    }
}
