package io.narrows.proxy.fake;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;

/** Requests and responses as bytes, the way a client sees them. */
public final class Wire {
    /** A response, or what is left of one: the correlation id and the body in its version. */
    public record Response(int correlationId, ApiMessage body) {}

    private Wire() {}

    /** A whole frame with its length. */
    public static ByteBuf request(ApiKeys api, short version, int correlationId, ApiMessage body) {
        RequestHeaderData header = new RequestHeader(api, version, "test-client", correlationId).data();
        ByteBuffer headerBytes = MessageUtil.toByteBufferAccessor(header, api.requestHeaderVersion(version))
                .buffer();
        ByteBuffer bodyBytes = MessageUtil.toByteBufferAccessor(body, version).buffer();
        return Unpooled.buffer()
                .writeInt(headerBytes.remaining() + bodyBytes.remaining())
                .writeBytes(headerBytes)
                .writeBytes(bodyBytes);
    }

    /** Reads a whole frame with its length; releases it. */
    public static Response response(ApiKeys api, short version, ByteBuf frame) {
        byte[] bytes = ByteBufUtil.getBytes(frame);
        frame.release();
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        if (buffer.getInt() != bytes.length - Integer.BYTES) {
            throw new AssertionError("the length of a response is wrong");
        }
        ByteBufferAccessor readable = new ByteBufferAccessor(buffer);
        ResponseHeaderData header = new ResponseHeaderData(readable, api.responseHeaderVersion(version));
        AbstractResponse response = AbstractResponse.parseResponse(api, readable, version);
        if (buffer.hasRemaining()) {
            throw new AssertionError(buffer.remaining() + " bytes after the response");
        }
        return new Response(header.correlationId(), response.data());
    }

    public static MemoryRecords batch(String... values) {
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            records[i] = new SimpleRecord(1_000L + i, values[i].getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        return MemoryRecords.withRecords(Compression.NONE, records);
    }

    /** One record of an idempotent producer. */
    public static MemoryRecords batch(long producerId, int baseSequence, String value) {
        return MemoryRecords.withIdempotentRecords(
                Compression.NONE,
                producerId,
                (short) 0,
                baseSequence,
                new SimpleRecord(1_000L, value.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    /** A Produce request for partitions of one topic by name, one batch each. */
    public static ProduceRequestData produce(int acks, String topic, MemoryRecords... batches) {
        ProduceRequestData.TopicProduceData data = new ProduceRequestData.TopicProduceData().setName(topic);
        for (int i = 0; i < batches.length; i++) {
            data.partitionData()
                    .add(new ProduceRequestData.PartitionProduceData()
                            .setIndex(i)
                            .setRecords(batches[i]));
        }
        ProduceRequestData request =
                new ProduceRequestData().setAcks((short) acks).setTimeoutMs(1_000);
        request.topicData().add(data);
        return request;
    }
}
