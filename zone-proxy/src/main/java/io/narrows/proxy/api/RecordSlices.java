package io.narrows.proxy.api;

import io.netty.buffer.ByteBuf;
import org.apache.kafka.common.record.internal.BaseRecords;

/** Finds the bytes of a request's records in the frame they came in, without a copy. */
public interface RecordSlices {
    /** A slice of the frame, retained for the caller. */
    ByteBuf retainedSlice(BaseRecords records);
}
