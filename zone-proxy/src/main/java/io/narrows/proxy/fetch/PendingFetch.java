package io.narrows.proxy.fetch;

import io.narrows.relay.loop.Loop;
import io.narrows.router.upstream.RecordsAnswer;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchResponse;
import org.jspecify.annotations.Nullable;

/** A client's fetch while it is served: what was asked, and what is there of the answer. Owned by the fetcher's loop. */
final class PendingFetch {
    final FetchCall call;
    final CompletableFuture<RecordsReply<FetchResponseData>> answered = new CompletableFuture<>();
    final Map<FetchKey, FetchPartition> asked = new LinkedHashMap<>();

    /** Partitions without a known broker in this round. */
    final Set<FetchKey> silent = new HashSet<>();

    private final Map<FetchKey, PartitionData> results = new LinkedHashMap<>();
    private final IdentityHashMap<PartitionData, RecordsAnswer<FetchResponseData>> sources = new IdentityHashMap<>();
    Loop.@Nullable Timer timer;
    long deadlineNanos;
    private boolean begun;
    private boolean urgent;
    private int answers;
    private long bytes;
    private int throttleTimeMs;

    PendingFetch(FetchCall call) {
        this.call = call;
        for (FetchTopic topic : call.request().topics()) {
            topic.partitions().forEach(partition -> asked.put(FetchKey.of(topic, partition.partition()), partition));
        }
    }

    /** Topics are known: answers may come in. */
    void begin(long endNanos) {
        begun = true;
        deadlineNanos = endNanos;
    }

    boolean hasBegun() {
        return begun;
    }

    boolean isOpen(FetchKey key) {
        return asked.containsKey(key) && !results.containsKey(key);
    }

    /** Whether the answer's records would go beyond what the client wants at a time; the first are always welcome. */
    boolean isTooMuch(FetchResponseData answer) {
        return bytes > 0 && bytes + recordBytes(answer) > call.request().maxBytes();
    }

    private static long recordBytes(FetchResponseData answer) {
        long bytes = 0;
        for (FetchableTopicResponse topic : answer.responses()) {
            for (PartitionData partition : topic.partitions()) {
                bytes += partition.records() == null ? 0 : partition.records().sizeInBytes();
            }
        }
        return bytes;
    }

    /** Responds with what has arrived, without waiting for fetch.min.bytes. */
    void completeEarly() {
        urgent = true;
    }

    /** A broker's answer has been looked at. */
    void countAnswer(int throttledMs) {
        answers++;
        throttleTimeMs = Math.max(throttleTimeMs, throttledMs);
        urgent |= throttledMs > 0;
    }

    /** Retains the answer until the round is over. */
    void accept(FetchKey key, PartitionData data, RecordsAnswer<FetchResponseData> answer) {
        data.setPreferredReadReplica(FetchResponse.INVALID_PREFERRED_REPLICA_ID);
        results.put(key, data);
        answer.retain();
        sources.put(data, answer);
        bytes += data.records() == null ? 0 : data.records().sizeInBytes();
        urgent |= data.errorCode() != Errors.NONE.code();
    }

    void fail(FetchKey key, Errors error) {
        results.put(key, empty(key).setErrorCode(error.code()));
        urgent = true;
    }

    /** The broker was asked and had nothing to say. */
    void acceptNothing(FetchKey key) {
        results.put(key, empty(key));
    }

    boolean isDone() {
        return urgent
                || results.size() == asked.size()
                || (answers > 0 && bytes >= Math.max(0, call.request().minBytes()));
    }

    /** Ends the round; partitions without an answer are empty. The caller releases the reply. */
    RecordsReply<FetchResponseData> reply() {
        FetchResponseData data = new FetchResponseData().setThrottleTimeMs(throttleTimeMs);
        RecordsReply<FetchResponseData> reply = new RecordsReply<>(data, throttleTimeMs);
        Map<FetchKey, FetchableTopicResponse> topics = new LinkedHashMap<>();
        for (FetchKey key : asked.keySet()) {
            PartitionData result = results.getOrDefault(key, empty(key));
            FetchableTopicResponse topic = topics.computeIfAbsent(
                    new FetchKey(key.topic(), key.topicId(), 0),
                    first ->
                            new FetchableTopicResponse().setTopic(first.topic()).setTopicId(first.topicId()));
            topic.partitions().add(result);
            RecordsAnswer<FetchResponseData> source = sources.get(result);
            if (source != null && result.records() != null) {
                reply.own(result.records(), source);
            }
        }
        data.responses().addAll(topics.values());
        abandon();
        return reply;
    }

    /** Releases what was accepted. */
    void abandon() {
        if (timer != null) {
            timer.cancel();
        }
        sources.values().forEach(answer -> {
            boolean unused = answer.release();
        });
        sources.clear();
    }

    static PartitionData empty(FetchKey key) {
        return new PartitionData()
                .setPartitionIndex(key.partition())
                .setHighWatermark(FetchResponse.INVALID_HIGH_WATERMARK)
                .setRecords(MemoryRecords.EMPTY);
    }

    FetchRequestData request() {
        return call.request();
    }
}
