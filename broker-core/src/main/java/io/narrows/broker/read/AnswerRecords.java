package io.narrows.broker.read;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.network.TransferableChannel;
import org.apache.kafka.common.record.internal.AbstractRecords;
import org.apache.kafka.common.record.internal.DefaultRecordsSend;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.utils.AbstractIterator;
import org.apache.kafka.server.storage.log.FetchPartitionData;
import scala.Tuple2;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * An {@link Answer} as Kafka's records, or a slice of one. Code that drops it unsent releases it; once it is part of a response
 * it is released when that is sent or its connection is closed. Looking at batches, as share groups do, copies them to the
 * heap. Threads are those of the answer.
 */
public final class AnswerRecords extends AbstractRecords {
    private final Answer answer;
    private final int start;
    private final int size;

    public AnswerRecords(Answer answer) {
        this(answer, 0, answer.size());
    }

    private AnswerRecords(Answer answer, int start, int size) {
        this.answer = answer;
        this.start = start;
        this.size = size;
    }

    /** The same answer; bytes on the heap count until they are sent, and are sent in pieces, if they are more than one. */
    public static Seq<Tuple2<TopicIdPartition, FetchPartitionData>> in(
            Seq<Tuple2<TopicIdPartition, FetchPartitionData>> answer, AnswerMemory memory) {
        List<Tuple2<TopicIdPartition, FetchPartitionData>> partitions = CollectionConverters.asJava(answer);
        long onHeap = 0;
        for (Tuple2<TopicIdPartition, FetchPartitionData> partition : partitions) {
            if (partition._2().records instanceof MemoryRecords records) {
                onHeap += records.sizeInBytes();
            }
        }
        if (onHeap <= Answer.COPY_BYTES) {
            return answer;
        }
        List<Tuple2<TopicIdPartition, FetchPartitionData>> counted = new ArrayList<>(partitions.size());
        for (Tuple2<TopicIdPartition, FetchPartitionData> partition : partitions) {
            counted.add(
                    partition._2().records instanceof MemoryRecords records && records.sizeInBytes() > 0
                            ? new Tuple2<>(
                                    partition._1(),
                                    with(partition._2(), new AnswerRecords(Answer.onHeap(records, memory))))
                            : partition);
        }
        return CollectionConverters.asScala(counted).toSeq();
    }

    private static FetchPartitionData with(FetchPartitionData data, Records records) {
        return new FetchPartitionData(
                data.error,
                data.highWatermark,
                data.logStartOffset,
                records,
                data.divergingEpoch,
                data.lastStableOffset,
                data.abortedTransactions,
                data.preferredReadReplica,
                data.isReassignmentFetch);
    }

    /** Releases what of an answer has not become part of a response. */
    public static void releaseUnsent(Seq<Tuple2<TopicIdPartition, FetchPartitionData>> answer) {
        for (Tuple2<TopicIdPartition, FetchPartitionData> partition : CollectionConverters.asJava(answer)) {
            releaseUnsent(partition._2().records);
        }
    }

    public static void releaseUnsent(Records records) {
        if (records instanceof AnswerRecords ours && !ours.answer.isSent()) {
            boolean unused = ours.answer.release();
        }
    }

    /** On the heap, with everything else released. Fails with a {@link KafkaStorageException}. */
    public MemoryRecords onHeap() {
        try {
            MemoryRecords all = answer.onHeap();
            return start == 0 && size == answer.size() ? all : all.slice(start, size);
        } catch (IOException e) {
            throw new KafkaStorageException("Could not copy the records of a response", e);
        }
    }

    @Override
    public DefaultRecordsSend<Records> toSend() {
        answer.send();
        boolean unused = ResponseEnds.onEnd(answer::release);
        return super.toSend();
    }

    @Override
    public int writeTo(TransferableChannel channel, int position, int length) throws IOException {
        int written = answer.writeTo(channel, start + position, Math.min(length, size - position));
        if (position + written == size) {
            boolean unused = answer.release();
        }
        return written;
    }

    @Override
    public int sizeInBytes() {
        return size;
    }

    @Override
    public Iterable<MutableRecordBatch> batches() {
        return onHeap().batches();
    }

    @Override
    public AbstractIterator<MutableRecordBatch> batchIterator() {
        return onHeap().batchIterator();
    }

    @Override
    public Records slice(int position, int length) {
        int from = Math.min(position, size);
        return new AnswerRecords(answer, start + from, Math.min(length, size - from));
    }
}
