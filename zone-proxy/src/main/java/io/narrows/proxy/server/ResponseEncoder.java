package io.narrows.proxy.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/** Serializes a response, with its length in front, into one direct buffer of exactly its size. */
final class ResponseEncoder {
    private ResponseEncoder() {}

    /** The caller releases the result. */
    static ByteBuf encode(ByteBufAllocator allocator, RequestDecoder.Decoded request, ApiMessage body) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ResponseHeaderData header = new ResponseHeaderData().setCorrelationId(request.correlationId());
        short headerVersion = request.responseHeaderVersion();
        short version = request.call().version();
        MessageSizeAccumulator size = new MessageSizeAccumulator();
        header.addSize(size, cache, headerVersion);
        body.addSize(size, cache, version);
        int length = size.totalSize();
        ByteBuf buffer = allocator.directBuffer(Integer.BYTES + length, Integer.BYTES + length);
        try {
            ByteBuffer bytes = buffer.nioBuffer(0, Integer.BYTES + length);
            bytes.putInt(length);
            ByteBufferAccessor writer = new ByteBufferAccessor(bytes);
            header.write(writer, cache, headerVersion);
            body.write(writer, cache, version);
            return buffer.writerIndex(bytes.position());
        } catch (RuntimeException e) {
            boolean unused = buffer.release();
            throw e;
        }
    }
}
