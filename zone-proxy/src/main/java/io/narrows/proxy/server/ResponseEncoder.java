package io.narrows.proxy.server;

import io.narrows.proxy.fetch.RecordsReply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.internal.BaseRecords;

/** Serializes a response, with its length in front, into one direct buffer of exactly its size; records are not copied. */
final class ResponseEncoder {
    private ResponseEncoder() {}

    /** The caller releases the result. */
    static ByteBuf encode(ByteBufAllocator allocator, RequestDecoder.Decoded request, ApiMessage body) {
        FieldWriter fields = write(allocator, request, body);
        if (!fields.cuts.isEmpty()) {
            boolean unused = fields.buffer.release();
            throw new IllegalStateException("invariant violated: records in a response without records");
        }
        return fields.buffer;
    }

    /** Fields and, between them, slices of the buffers that records came in. Borrows the reply. */
    static ByteBuf encode(ByteBufAllocator allocator, RequestDecoder.Decoded request, RecordsReply<?> reply) {
        FieldWriter fields = write(allocator, request, reply.data());
        if (fields.cuts.isEmpty()) {
            return fields.buffer;
        }
        CompositeByteBuf whole = allocator.compositeDirectBuffer(2 * fields.cuts.size() + 1);
        try {
            int start = 0;
            for (Cut cut : fields.cuts) {
                whole.addComponent(true, fields.buffer.retainedSlice(start, cut.position() - start));
                whole.addComponent(true, reply.retainedSlice(cut.records()));
                start = cut.position();
            }
            return whole.addComponent(true, fields.buffer.retainedSlice(start, fields.buffer.writerIndex() - start));
        } catch (RuntimeException | OutOfMemoryError e) {
            boolean unused = whole.release();
            throw e;
        } finally {
            boolean unused = fields.buffer.release();
        }
    }

    /** Where records belong between the fields. */
    private record Cut(int position, BaseRecords records) {}

    private static FieldWriter write(ByteBufAllocator allocator, RequestDecoder.Decoded request, ApiMessage body) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ResponseHeaderData header = new ResponseHeaderData().setCorrelationId(request.correlationId());
        short headerVersion = request.responseHeaderVersion();
        short version = request.call().version();
        MessageSizeAccumulator size = new MessageSizeAccumulator();
        header.addSize(size, cache, headerVersion);
        body.addSize(size, cache, version);
        int fieldBytes = Integer.BYTES + size.sizeExcludingZeroCopy();
        ByteBuf buffer = allocator.directBuffer(fieldBytes, fieldBytes);
        try {
            ByteBuffer bytes = buffer.nioBuffer(0, fieldBytes);
            bytes.putInt(size.totalSize());
            FieldWriter writer = new FieldWriter(buffer, bytes);
            header.write(writer, cache, headerVersion);
            body.write(writer, cache, version);
            buffer.writerIndex(bytes.position());
            return writer;
        } catch (RuntimeException e) {
            boolean unused = buffer.release();
            throw e;
        }
    }

    /** Writes fields and notes where records come between them. */
    private static final class FieldWriter extends ByteBufferAccessor {
        private final ByteBuf buffer;
        private final List<Cut> cuts = new ArrayList<>();

        FieldWriter(ByteBuf buffer, ByteBuffer bytes) {
            super(bytes);
            this.buffer = buffer;
        }

        @Override
        public void writeRecords(BaseRecords records) {
            if (records.sizeInBytes() > 0) {
                cuts.add(new Cut(buffer().position(), records));
            }
        }
    }
}
