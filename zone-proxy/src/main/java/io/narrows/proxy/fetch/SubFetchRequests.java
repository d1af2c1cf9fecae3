package io.narrows.proxy.fetch;

import io.narrows.proxy.fetch.BrokerFetchState.Position;
import io.narrows.router.upstream.ClientUpstream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.FetchMetadata;

/** Builds what a broker is asked for its part of a round: the client's limits, without a session. */
final class SubFetchRequests {
    private static final long ANSWER_MS = TimeUnit.SECONDS.toMillis(30);

    private SubFetchRequests() {}

    static ClientUpstream.Request of(
            PendingFetch round, Map<FetchKey, Position> share, String rack, int mostBytes, long nowNanos) {
        FetchRequestData asked = round.request();
        int waitMs = (int)
                Math.min(Integer.MAX_VALUE, Math.max(0, TimeUnit.NANOSECONDS.toMillis(round.deadlineNanos - nowNanos)));
        FetchRequestData request = new FetchRequestData()
                .setMaxWaitMs(waitMs)
                .setMinBytes(asked.minBytes())
                .setMaxBytes(Math.min(asked.maxBytes(), mostBytes))
                .setIsolationLevel(asked.isolationLevel())
                .setSessionId(FetchMetadata.INVALID_SESSION_ID)
                .setSessionEpoch(FetchMetadata.FINAL_EPOCH)
                .setRackId(rack);
        Map<FetchKey, FetchTopic> topics = new LinkedHashMap<>();
        share.forEach((key, position) -> topics.computeIfAbsent(
                        new FetchKey(key.topic(), key.topicId(), 0),
                        topic -> new FetchTopic().setTopic(topic.topic()).setTopicId(topic.topicId()))
                .partitions()
                .add(position.partition()));
        request.topics().addAll(topics.values());
        return new ClientUpstream.Request(
                ApiKeys.FETCH, round.call.version(), round.call.clientId(), request, waitMs + ANSWER_MS);
    }
}
