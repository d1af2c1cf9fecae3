package io.narrows.router.upstream;

import io.narrows.router.wire.BoundedReadable;
import io.netty.buffer.ByteBuf;
import io.netty.util.AbstractReferenceCounted;
import java.util.function.BiFunction;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.record.internal.BaseRecords;

/** A broker's answer with records: its fields as objects, its records where they were received. Owns the frame. */
public final class RecordsAnswer<D extends ApiMessage> extends AbstractReferenceCounted {
    private final ByteBuf frame;
    private final BoundedReadable readable;
    private final D data;

    private RecordsAnswer(ByteBuf frame, BoundedReadable readable, D data) {
        this.frame = frame;
        this.readable = readable;
        this.data = data;
    }

    /** {@code fields} is the constructor of the message. */
    public static <D extends ApiMessage> ResponseReader<RecordsAnswer<D>> reader(
            BiFunction<Readable, Short, D> fields) {
        return (body, api, version) -> {
            BoundedReadable readable = new BoundedReadable(body);
            D data = fields.apply(readable, version);
            return new RecordsAnswer<>(body.retain(), readable, data);
        };
    }

    public D data() {
        return data;
    }

    /** A slice of the frame, retained for the caller. */
    public ByteBuf retainedSlice(BaseRecords records) {
        return readable.retainedSlice(records);
    }

    @Override
    protected void deallocate() {
        boolean unused = frame.release();
    }

    @Override
    public RecordsAnswer<D> touch(Object hint) {
        frame.touch(hint);
        return this;
    }
}
