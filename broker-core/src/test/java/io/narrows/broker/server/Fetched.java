package io.narrows.broker.server;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.utils.Utils;

/** What a client gets from a fetch: whole batches, and what else the answer says. Producer ids are left out. */
record Fetched(
        Errors error,
        long highWatermark,
        long lastStableOffset,
        long logStartOffset,
        List<Long> abortedFrom,
        List<Batch> batches) {

    /** A batch as the log has it; the hash is over its records. */
    record Batch(
            long baseOffset,
            long lastOffset,
            int sizeBytes,
            int leaderEpoch,
            long maxTimestamp,
            int baseSequence,
            boolean control,
            int hash) {}

    /** A fetch of one partition; {@code maxBytes} both of the partition and of the answer. */
    record Question(long offset, int minBytes, int maxBytes, int maxWaitMs, IsolationLevel isolation) {
        static Question of(int maxBytes) {
            return new Question(0, 1, maxBytes, 500, IsolationLevel.READ_UNCOMMITTED);
        }

        Question at(long next) {
            return new Question(next, minBytes, maxBytes, maxWaitMs, isolation);
        }

        Question waiting(int forBytes, int upToMs) {
            return new Question(offset, forBytes, maxBytes, upToMs, isolation);
        }

        Question committed() {
            return new Question(offset, minBytes, maxBytes, maxWaitMs, IsolationLevel.READ_COMMITTED);
        }

        /** In the last version that names topics. */
        FetchRequest request(String topic) {
            Map<TopicPartition, FetchRequest.PartitionData> one = new LinkedHashMap<>();
            one.put(
                    new TopicPartition(topic, 0),
                    new FetchRequest.PartitionData(Uuid.ZERO_UUID, offset, -1, maxBytes, Optional.empty()));
            return FetchRequest.Builder.forConsumer((short) 12, maxWaitMs, minBytes, one)
                    .setMaxBytes(maxBytes)
                    .isolationLevel(isolation)
                    .build((short) 12);
        }
    }

    static Fetched of(FetchResponse response, String topic) {
        PartitionData data = response.responseData(Map.of(), (short) 12).get(new TopicPartition(topic, 0));
        List<Batch> batches = new ArrayList<>();
        for (var each : FetchResponse.recordsOrFail(data).batches()) {
            MutableRecordBatch batch = (MutableRecordBatch) each;
            List<Object> records = new ArrayList<>();
            for (Record entry : batch) {
                records.add(entry.offset());
                records.add(entry.timestamp());
                records.add(batch.isControlBatch() ? 0 : Arrays.hashCode(Utils.toNullableArray(entry.value())));
            }
            batches.add(new Batch(
                    batch.baseOffset(),
                    batch.lastOffset(),
                    batch.sizeInBytes(),
                    batch.partitionLeaderEpoch(),
                    batch.isControlBatch() ? 0 : batch.maxTimestamp(),
                    batch.baseSequence(),
                    batch.isControlBatch(),
                    batch.isControlBatch() ? 0 : records.hashCode()));
        }
        List<AbortedTransaction> aborted = data.abortedTransactions();
        return new Fetched(
                Errors.forCode(data.errorCode()),
                data.highWatermark(),
                data.lastStableOffset(),
                data.logStartOffset(),
                aborted == null
                        ? List.of(-1L)
                        : aborted.stream().map(AbortedTransaction::firstOffset).toList(),
                batches);
    }

    long nextOffset() {
        return batches.get(batches.size() - 1).lastOffset() + 1;
    }
}
