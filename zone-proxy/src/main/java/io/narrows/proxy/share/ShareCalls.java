package io.narrows.proxy.share;

import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.ClientUpstream.Request;
import io.narrows.router.upstream.ClientUpstream.Use;
import io.narrows.router.upstream.RecordsAnswer;
import io.narrows.router.upstream.ResponseReader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** Requests to brokers about shared records, on behalf of a client's call and in its version. Answers on any thread. */
record ShareCalls(ClientUpstream upstream) {
    static final ResponseReader<RecordsAnswer<ShareFetchResponseData>> READER =
            RecordsAnswer.reader(ShareFetchResponseData::new);
    private static final long ANSWER_MS = TimeUnit.SECONDS.toMillis(30);

    /** The caller releases the answer. */
    CompletableFuture<RecordsAnswer<ShareFetchResponseData>> fetch(
            int brokerId, ShareCall call, ShareFetchRequestData request) {
        return upstream.send(
                Use.SHARE,
                brokerId,
                new Request(
                        ApiKeys.SHARE_FETCH, call.version(), call.clientId(), request, request.maxWaitMs() + ANSWER_MS),
                READER);
    }

    /** So many bytes of records a broker should be asked for at most. */
    int fetchBytes(ShareCall call) {
        return upstream.fetchBytes(call.clientId());
    }

    CompletableFuture<ApiMessage> acknowledge(int brokerId, ShareCall call, ShareAcknowledgeRequestData request) {
        return upstream.send(
                Use.SHARE,
                brokerId,
                new Request(ApiKeys.SHARE_ACKNOWLEDGE, call.version(), call.clientId(), request, ANSWER_MS));
    }
}
