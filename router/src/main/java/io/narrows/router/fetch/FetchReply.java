package io.narrows.router.fetch;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.record.internal.BaseRecords;

/** The answer to a client's fetch. Owns the brokers' answers that its records are in, until it is released. */
public final class FetchReply {
    private final FetchResponseData data;
    private final IdentityHashMap<BaseRecords, FetchAnswer> owners = new IdentityHashMap<>();
    private final Set<FetchAnswer> answers = Collections.newSetFromMap(new IdentityHashMap<>());

    FetchReply(FetchResponseData data) {
        this.data = data;
    }

    /** May be changed by the caller, except for the records. */
    public FetchResponseData data() {
        return data;
    }

    /** Retains the answer, once. */
    void own(BaseRecords records, FetchAnswer answer) {
        owners.put(records, answer);
        if (answers.add(answer)) {
            answer.retain();
        }
    }

    /** The bytes of records in this reply, retained for the caller. */
    public ByteBuf retainedSlice(BaseRecords records) {
        FetchAnswer owner = owners.get(records);
        return owner == null ? Unpooled.EMPTY_BUFFER : owner.retainedSlice(records);
    }

    /** Once. */
    public void release() {
        answers.forEach(answer -> {
            boolean unused = answer.release();
        });
        answers.clear();
    }
}
