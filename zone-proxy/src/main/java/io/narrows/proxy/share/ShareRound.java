package io.narrows.proxy.share;

import io.narrows.proxy.fetch.RecordsReply;
import io.narrows.relay.loop.Loop;
import io.narrows.router.upstream.RecordsAnswer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData;
import org.apache.kafka.common.message.ShareFetchRequestData.AcknowledgementBatch;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.message.ShareFetchResponseData.PartitionData;
import org.apache.kafka.common.message.ShareFetchResponseData.ShareFetchableTopicResponse;
import org.apache.kafka.common.message.ShareFetchResponseData.ShareFetchableTopicResponseCollection;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ShareRequestMetadata;
import org.jspecify.annotations.Nullable;

/** A client's ShareFetch while it is served. Owned by the fetcher's loop; owns what it has accepted until it is over. */
final class ShareRound {
    private static final int NO_LEADER = -1;

    /** So many with one hash cost a response's table little. */
    private static final int MAX_HASHED_TOPICS = 200;

    final ShareCall call;
    final CompletableFuture<RecordsReply<ShareFetchResponseData>> answered = new CompletableFuture<>();

    /** Brokers whose answer the client must have, because they were told what became of records. */
    final Set<Integer> acknowledging = new HashSet<>();

    /** Not where the client only says what became of records: it knows no other partitions in the answer to that. */
    boolean takesRecords = true;

    Loop.@Nullable Timer timer;
    private final List<RecordsAnswer<ShareFetchResponseData>> accepted = new ArrayList<>();
    private final Map<ShareKey, PartitionData> said = new HashMap<>();
    private Errors whole = Errors.NONE;
    private @Nullable String wholeMessage;
    private boolean news;
    private boolean failed;
    private boolean over;
    private boolean asked;
    private int throttleTimeMs;
    private int lockTimeoutMs;

    ShareRound(ShareCall call) {
        this.call = call;
    }

    /** What the client says became of records, by partition. */
    Map<ShareKey, List<AcknowledgementBatch>> acknowledgements() {
        Map<ShareKey, List<AcknowledgementBatch>> all = new HashMap<>();
        call.request()
                .topics()
                .forEach(topic -> topic.partitions().forEach(partition -> {
                    if (!partition.acknowledgementBatches().isEmpty()) {
                        all.put(
                                new ShareKey(topic.topicId(), partition.partitionIndex()),
                                partition.acknowledgementBatches());
                    }
                }));
        return all;
    }

    /** The last one of its session. */
    boolean isLast() {
        return call.request().shareSessionEpoch() == ShareRequestMetadata.FINAL_EPOCH;
    }

    /** Takes over the answer. */
    void accept(RecordsAnswer<ShareFetchResponseData> answer) {
        ShareFetchResponseData data = answer.data();
        accepted.add(answer);
        throttleTimeMs = Math.max(throttleTimeMs, data.throttleTimeMs());
        lockTimeoutMs = Math.max(lockTimeoutMs, data.acquisitionLockTimeoutMs());
        news |= data.errorCode() != Errors.NONE.code() || data.throttleTimeMs() > 0;
        data.responses()
                .forEach(topic -> topic.partitions().forEach(partition -> {
                    failed |= partition.errorCode() != Errors.NONE.code();
                    news |= failed || !partition.acquiredRecords().isEmpty();
                }));
        if (data.errorCode() != Errors.NONE.code()) {
            failed = true;
            whole = Errors.forCode(data.errorCode());
            wholeMessage = data.errorMessage();
        }
    }

    /** What became of records of the partition cannot be said to anybody. */
    void failAcknowledgement(ShareKey key, Errors error) {
        said.computeIfAbsent(key, ShareRound::empty).setAcknowledgeErrorCode(error.code());
        news = true;
    }

    void fail(ShareKey key, Errors error) {
        said.computeIfAbsent(key, ShareRound::empty).setErrorCode(error.code());
        news = true;
        failed = true;
    }

    /** A broker gave no answer, or has lost its session. */
    void brokerFailed() {
        failed = true;
    }

    /** A partition or a broker has failed: the next round begins after a pause. */
    boolean isFailed() {
        return failed;
    }

    /** A broker has taken what it was told. */
    void acknowledged(ShareAcknowledgeResponseData answer) {
        throttleTimeMs = Math.max(throttleTimeMs, answer.throttleTimeMs());
        lockTimeoutMs = Math.max(lockTimeoutMs, answer.acquisitionLockTimeoutMs());
        news = true;
        answer.responses()
                .forEach(topic -> topic.partitions().forEach(partition -> {
                    ShareKey key = new ShareKey(topic.topicId(), partition.partitionIndex());
                    said.put(
                            key,
                            empty(key)
                                    .setAcknowledgeErrorCode(partition.errorCode())
                                    .setAcknowledgeErrorMessage(partition.errorMessage())
                                    .setCurrentLeader(new ShareFetchResponseData.LeaderIdAndEpoch()
                                            .setLeaderId(
                                                    partition.currentLeader().leaderId())
                                            .setLeaderEpoch(
                                                    partition.currentLeader().leaderEpoch())));
                }));
    }

    private static PartitionData empty(ShareKey key) {
        return new PartitionData()
                .setPartitionIndex(key.partition())
                .setRecords(MemoryRecords.EMPTY)
                .setCurrentLeader(new ShareFetchResponseData.LeaderIdAndEpoch()
                        .setLeaderId(NO_LEADER)
                        .setLeaderEpoch(NO_LEADER));
    }

    void asked() {
        asked = true;
    }

    void endOfWait() {
        over = true;
    }

    /** {@code quiet}: no broker that was asked will respond any more. */
    boolean isDone(boolean quiet) {
        return acknowledging.isEmpty() && (news || over || (asked && quiet));
    }

    /** Ends the round. The caller releases the reply. */
    RecordsReply<ShareFetchResponseData> reply() {
        ShareFetchResponseData data = new ShareFetchResponseData()
                .setThrottleTimeMs(throttleTimeMs)
                .setErrorCode(whole.code())
                .setErrorMessage(wholeMessage)
                .setAcquisitionLockTimeoutMs(lockTimeoutMs);
        RecordsReply<ShareFetchResponseData> reply = new RecordsReply<>(data, throttleTimeMs);
        Map<ShareKey, PartitionData> added = new HashMap<>();
        Map<Uuid, ShareFetchableTopicResponse> topics = new LinkedHashMap<>();
        accepted.forEach(answer -> answer.data()
                .responses()
                .forEach(topic -> topic.partitions().forEach(partition -> {
                    if (partition.records() != null) {
                        reply.own(partition.records(), answer);
                    }
                    add(topics, added, new ShareKey(topic.topicId(), partition.partitionIndex()), partition);
                })));
        said.forEach((key, partition) -> add(topics, added, key, partition));
        data.setResponses(new ShareFetchableTopicResponseCollection(2 * topics.size()));
        topics.values().forEach(data.responses()::mustAdd);
        abandon();
        return reply;
    }

    private static ShareFetchableTopicResponse topic(Uuid id, int before) {
        ShareFetchableTopicResponse topic =
                before < MAX_HASHED_TOPICS ? new ShareFetchableTopicResponse() : new NumberedTopic(before);
        return topic.setTopicId(id);
    }

    /** Has a place of its own in the response's table: clients choose topic ids, and hashes of those that do not exist. */
    private static final class NumberedTopic extends ShareFetchableTopicResponse {
        private final int number;

        private NumberedTopic(int number) {
            this.number = number;
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return number;
        }
    }

    private static void add(
            Map<Uuid, ShareFetchableTopicResponse> topics,
            Map<ShareKey, PartitionData> added,
            ShareKey key,
            PartitionData partition) {
        PartitionData there = added.putIfAbsent(key, partition);
        if (there != null) {
            join(there, partition);
            return;
        }
        topics.computeIfAbsent(key.topicId(), id -> topic(id, topics.size()))
                .partitions()
                .add(partition);
    }

    /** Clients take one entry per partition. Records of a second broker, after a move, stay acquired until their time is over. */
    private static void join(PartitionData all, PartitionData more) {
        if (more.acknowledgeErrorCode() != Errors.NONE.code()) {
            all.setAcknowledgeErrorCode(more.acknowledgeErrorCode())
                    .setAcknowledgeErrorMessage(more.acknowledgeErrorMessage());
        }
        if (all.acquiredRecords().isEmpty() && !more.acquiredRecords().isEmpty()) {
            all.setAcquiredRecords(more.acquiredRecords()).setRecords(more.records());
        }
        if (all.errorCode() == Errors.NONE.code() && all.acquiredRecords().isEmpty()) {
            all.setErrorCode(more.errorCode()).setErrorMessage(more.errorMessage());
        }
    }

    /** Releases what was accepted. */
    void abandon() {
        accepted.forEach(answer -> {
            boolean unused = answer.release();
        });
        accepted.clear();
        if (timer != null) {
            timer.cancel();
        }
    }
}
