package io.narrows.router.fetch;

import io.narrows.router.upstream.ResponseReader;
import io.narrows.router.wire.BoundedReadable;
import io.netty.buffer.ByteBuf;
import io.netty.util.AbstractReferenceCounted;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.BaseRecords;

/** A broker's answer to a sub-fetch: its fields as objects, its records where they were received. Owns the frame. */
final class FetchAnswer extends AbstractReferenceCounted {
    static final ResponseReader<FetchAnswer> READER = FetchAnswer::read;

    /** Four partitions per kibibyte of a full answer. */
    private static final int MAX_FIELDS = 1_000_000;

    private final ByteBuf frame;
    private final BoundedReadable readable;
    private final FetchResponseData data;

    private FetchAnswer(ByteBuf frame, BoundedReadable readable, FetchResponseData data) {
        this.frame = frame;
        this.readable = readable;
        this.data = data;
    }

    private static FetchAnswer read(ByteBuf body, ApiKeys api, short version) {
        BoundedReadable readable = new BoundedReadable(body, MAX_FIELDS);
        FetchResponseData data = new FetchResponseData(readable, version);
        return new FetchAnswer(body.retain(), readable, data);
    }

    FetchResponseData data() {
        return data;
    }

    long recordBytes() {
        long bytes = 0;
        for (FetchResponseData.FetchableTopicResponse topic : data.responses()) {
            for (FetchResponseData.PartitionData partition : topic.partitions()) {
                bytes += partition.records() == null ? 0 : partition.records().sizeInBytes();
            }
        }
        return bytes;
    }

    /** A slice of the frame, retained for the caller. */
    ByteBuf retainedSlice(BaseRecords records) {
        return readable.retainedSlice(records);
    }

    @Override
    protected void deallocate() {
        boolean unused = frame.release();
    }

    @Override
    public FetchAnswer touch(Object hint) {
        frame.touch(hint);
        return this;
    }
}
