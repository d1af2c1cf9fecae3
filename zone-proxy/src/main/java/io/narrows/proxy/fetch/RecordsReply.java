package io.narrows.proxy.fetch;

import io.narrows.router.upstream.RecordsAnswer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.BaseRecords;

/**
 * The answer to a client's Fetch or ShareFetch. Owns the brokers' answers that its records are in, until it is released.
 */
public final class RecordsReply<D extends ApiMessage> {
    private final D data;
    private final int throttleTimeMs;
    private final IdentityHashMap<BaseRecords, RecordsAnswer<D>> owners = new IdentityHashMap<>();
    private final Set<RecordsAnswer<D>> answers = Collections.newSetFromMap(new IdentityHashMap<>());

    public RecordsReply(D data, int throttleTimeMs) {
        this.data = data;
        this.throttleTimeMs = throttleTimeMs;
    }

    /** May be changed by the caller, except for the records. */
    public D data() {
        return data;
    }

    public int throttleTimeMs() {
        return throttleTimeMs;
    }

    /** The records are in the answer, which is retained, once. */
    public void own(BaseRecords records, RecordsAnswer<D> answer) {
        owners.put(records, answer);
        if (answers.add(answer)) {
            answer.retain();
        }
    }

    /** The bytes of records in this reply, retained for the caller. */
    public ByteBuf retainedSlice(BaseRecords records) {
        RecordsAnswer<D> owner = owners.get(records);
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
