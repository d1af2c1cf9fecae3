package io.narrows.router.fetch;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.record.internal.BaseRecords;

/** The answer to a client's fetch. Owns the brokers' answers that its records are in, until it is released. */
public final class FetchReply implements RecordsReply {
    private final FetchResponseData data;
    private final IdentityHashMap<BaseRecords, FetchAnswer> owners = new IdentityHashMap<>();
    private final Set<FetchAnswer> answers = Collections.newSetFromMap(new IdentityHashMap<>());

    FetchReply(FetchResponseData data) {
        this.data = data;
    }

    @Override
    public FetchResponseData data() {
        return data;
    }

    @Override
    public int throttleTimeMs() {
        return data.throttleTimeMs();
    }

    /** Retains the answer, once. */
    void own(BaseRecords records, FetchAnswer answer) {
        owners.put(records, answer);
        if (answers.add(answer)) {
            answer.retain();
        }
    }

    @Override
    public ByteBuf retainedSlice(BaseRecords records) {
        FetchAnswer owner = owners.get(records);
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
