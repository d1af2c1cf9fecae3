package io.narrows.proxy.api;

import io.narrows.router.wire.KeyedArrays;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;

/**
 * One request on its way to an {@link Api}. The frame it was read from lives until the answer is complete; what must
 * live longer is retained with {@code slices}.
 */
public record ApiCall(ApiKeys key, String clientId, AbstractRequest request, RecordSlices slices) {
    public short version() {
        return request.version();
    }

    public ApiMessage message() {
        return request.data();
    }

    /** The same call with a part of its message, which has no records. */
    ApiCall with(ApiMessage part) {
        ByteBufferAccessor bytes = MessageUtil.toByteBufferAccessor(part, version());
        KeyedArrays.check(key, version(), bytes.slice());
        return new ApiCall(key, clientId, AbstractRequest.parseRequest(key, version(), bytes).request, slices);
    }
}
