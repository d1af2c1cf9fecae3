package io.narrows.router.fetch;

import io.netty.buffer.ByteBuf;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.BaseRecords;

/** An answer to a client with records in the buffers that they came in, which it owns until it is released. */
public interface RecordsReply {
    /** May be changed by the caller, except for the records. */
    ApiMessage data();

    int throttleTimeMs();

    /** The bytes of records in this reply, retained for the caller. */
    ByteBuf retainedSlice(BaseRecords records);

    /** Once. */
    void release();
}
