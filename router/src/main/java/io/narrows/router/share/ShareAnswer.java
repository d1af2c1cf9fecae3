package io.narrows.router.share;

import io.narrows.router.upstream.ResponseReader;
import io.narrows.router.wire.BoundedReadable;
import io.netty.buffer.ByteBuf;
import io.netty.util.AbstractReferenceCounted;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.BaseRecords;

/** A broker's answer to a ShareFetch: its fields as objects, its records where they were received. Owns the frame. */
final class ShareAnswer extends AbstractReferenceCounted {
    static final ResponseReader<ShareAnswer> READER = ShareAnswer::read;

    private static final int MAX_FIELDS = 1_000_000;

    private final ByteBuf frame;
    private final BoundedReadable readable;
    private final ShareFetchResponseData data;

    private ShareAnswer(ByteBuf frame, BoundedReadable readable, ShareFetchResponseData data) {
        this.frame = frame;
        this.readable = readable;
        this.data = data;
    }

    private static ShareAnswer read(ByteBuf body, ApiKeys api, short version) {
        BoundedReadable readable = new BoundedReadable(body, MAX_FIELDS);
        ShareFetchResponseData data = new ShareFetchResponseData(readable, version);
        return new ShareAnswer(body.retain(), readable, data);
    }

    ShareFetchResponseData data() {
        return data;
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
    public ShareAnswer touch(Object hint) {
        frame.touch(hint);
        return this;
    }
}
