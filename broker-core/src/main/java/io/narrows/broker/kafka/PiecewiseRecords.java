package io.narrows.broker.kafka;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.network.TransferableChannel;
import org.apache.kafka.common.record.internal.AbstractRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.utils.AbstractIterator;
import org.apache.kafka.server.storage.log.FetchPartitionData;
import scala.Tuple2;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Records in memory that are sent in pieces. A write to a socket first copies all that it is given from the heap, however
 * little the socket then takes, and stock code gives it all that is left of an answer each time: one of 16 MiB is copied
 * some thirty times before it is sent, and the clients of the same network thread wait for each copy. Does not change;
 * the bytes belong to the records that it was made of.
 */
final class PiecewiseRecords extends AbstractRecords {
    /** Given to a socket at a time: about what one takes. */
    static final int PIECE_BYTES = 128 << 10;

    /** Sent before the network thread looks at its other connections, also if this client takes more. */
    static final int TURN_BYTES = 1 << 20;

    private final MemoryRecords records;

    private PiecewiseRecords(MemoryRecords records) {
        this.records = records;
    }

    /** The same answer; what has more in memory than a piece is sent in pieces. */
    static Seq<Tuple2<TopicIdPartition, FetchPartitionData>> in(
            Seq<Tuple2<TopicIdPartition, FetchPartitionData>> answer) {
        List<Tuple2<TopicIdPartition, FetchPartitionData>> partitions = CollectionConverters.asJava(answer);
        long inMemory = 0;
        for (Tuple2<TopicIdPartition, FetchPartitionData> partition : partitions) {
            if (partition._2().records instanceof MemoryRecords records) {
                inMemory += records.sizeInBytes();
            }
        }
        if (inMemory <= PIECE_BYTES) {
            return answer;
        }
        List<Tuple2<TopicIdPartition, FetchPartitionData>> pieces = new ArrayList<>(partitions.size());
        for (Tuple2<TopicIdPartition, FetchPartitionData> partition : partitions) {
            pieces.add(
                    partition._2().records instanceof MemoryRecords records && records.sizeInBytes() > 0
                            ? new Tuple2<>(partition._1(), with(partition._2(), new PiecewiseRecords(records)))
                            : partition);
        }
        return CollectionConverters.asScala(pieces).toSeq();
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

    @Override
    public int writeTo(TransferableChannel channel, int position, int length) throws IOException {
        int most = Math.min(length, TURN_BYTES);
        int written = 0;
        while (written < most) {
            int piece = Math.min(PIECE_BYTES, most - written);
            int taken = records.writeTo(channel, position + written, piece);
            if (taken < 0) {
                return written > 0 ? written : taken;
            }
            written += taken;
            if (taken < piece) {
                break;
            }
        }
        return written;
    }

    @Override
    public int sizeInBytes() {
        return records.sizeInBytes();
    }

    @Override
    public Iterable<MutableRecordBatch> batches() {
        return records.batches();
    }

    @Override
    public AbstractIterator<MutableRecordBatch> batchIterator() {
        return records.batchIterator();
    }

    @Override
    public Records slice(int position, int size) {
        return new PiecewiseRecords(records.slice(position, size));
    }
}
