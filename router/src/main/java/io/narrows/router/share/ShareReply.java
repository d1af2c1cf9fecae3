package io.narrows.router.share;

import io.narrows.router.fetch.RecordsReply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.record.internal.BaseRecords;

/** The answer to a client's ShareFetch. Owns the brokers' answers that its records are in, until it is released. */
public final class ShareReply implements RecordsReply {
    private final ShareFetchResponseData data;
    private final IdentityHashMap<BaseRecords, ShareAnswer> owners = new IdentityHashMap<>();
    private final List<ShareAnswer> answers = new ArrayList<>();

    ShareReply(ShareFetchResponseData data) {
        this.data = data;
    }

    @Override
    public ShareFetchResponseData data() {
        return data;
    }

    @Override
    public int throttleTimeMs() {
        return data.throttleTimeMs();
    }

    /** Takes over the answer. */
    void own(ShareAnswer answer) {
        answers.add(answer);
        answer.data()
                .responses()
                .forEach(topic -> topic.partitions().forEach(partition -> {
                    if (partition.records() != null) {
                        owners.put(partition.records(), answer);
                    }
                }));
    }

    @Override
    public ByteBuf retainedSlice(BaseRecords records) {
        ShareAnswer owner = owners.get(records);
        return owner == null ? Unpooled.EMPTY_BUFFER : owner.retainedSlice(records);
    }

    @Override
    public void release() {
        answers.forEach(answer -> {
            boolean unused = answer.release();
        });
        answers.clear();
    }
}
