package io.narrows.broker.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.network.Send;
import org.apache.kafka.common.network.TransferableChannel;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.SendBuilder;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.server.storage.log.FetchPartitionData;
import org.junit.jupiter.api.Test;
import scala.Tuple2;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** How Kafka's own code for responses sends what was resolved, over a connection that takes little at a time. */
final class PiecewiseRecordsTest {
    private static final short VERSION = ApiKeys.FETCH.latestVersion();
    private static final Uuid TOPIC = Uuid.randomUuid();

    /** Takes so much at a time, as a socket with a slow reader behind it. */
    private static final class SlowSocket implements TransferableChannel {
        private final int takes;
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private long copied;

        SlowSocket(int takes) {
            this.takes = takes;
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            long written = 0;
            int room = takes;
            for (int i = offset; i < offset + length; i++) {
                copied += sources[i].remaining();
                byte[] part = new byte[Math.min(room, sources[i].remaining())];
                sources[i].get(part);
                taken.writeBytes(part);
                room -= part.length;
                written += part.length;
            }
            return written;
        }

        @Override
        public long write(ByteBuffer[] sources) {
            return write(sources, 0, sources.length);
        }

        @Override
        public int write(ByteBuffer source) {
            return (int) write(new ByteBuffer[] {source}, 0, 1);
        }

        @Override
        public long transferFrom(FileChannel file, long position, long count) {
            throw new AssertionError("records in memory are not in a file");
        }

        @Override
        public boolean hasPendingWrites() {
            return false;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    private static MemoryRecords records(int number, int bytes) {
        return MemoryRecords.readableRecords(ByteBuffer.wrap(Batches.plain(number, 1, bytes)));
    }

    private static Seq<Tuple2<TopicIdPartition, FetchPartitionData>> answer(List<? extends Records> byPartition) {
        List<Tuple2<TopicIdPartition, FetchPartitionData>> partitions = new ArrayList<>();
        for (Records records : byPartition) {
            partitions.add(new Tuple2<>(
                    new TopicIdPartition(TOPIC, new TopicPartition("orders", partitions.size())),
                    new FetchPartitionData(
                            Errors.NONE,
                            7,
                            3,
                            records,
                            Optional.empty(),
                            OptionalLong.of(6),
                            Optional.of(List.of()),
                            OptionalInt.of(2),
                            true)));
        }
        return CollectionConverters.asScala(partitions).toSeq();
    }

    private static Send send(Seq<Tuple2<TopicIdPartition, FetchPartitionData>> answer) {
        FetchResponseData.FetchableTopicResponse topic =
                new FetchResponseData.FetchableTopicResponse().setTopicId(TOPIC);
        for (Tuple2<TopicIdPartition, FetchPartitionData> partition : CollectionConverters.asJava(answer)) {
            topic.partitions()
                    .add(new FetchResponseData.PartitionData()
                            .setPartitionIndex(partition._1().partition())
                            .setHighWatermark(partition._2().highWatermark)
                            .setRecords(partition._2().records));
        }
        FetchResponseData response = new FetchResponseData();
        response.responses().add(topic);
        return SendBuilder.buildResponseSend(
                new ResponseHeader(1, ApiKeys.FETCH.responseHeaderVersion(VERSION)), response, VERSION);
    }

    private static FetchResponseData received(SlowSocket socket) {
        ByteBuffer bytes = ByteBuffer.wrap(socket.taken.toByteArray());
        assertThat(bytes.getInt()).isEqualTo(bytes.remaining());
        ResponseHeader header = ResponseHeader.parse(bytes, ApiKeys.FETCH.responseHeaderVersion(VERSION));
        assertThat(header.correlationId()).isEqualTo(1);
        return new FetchResponseData(new ByteBufferAccessor(bytes), VERSION);
    }

    private static void sendAll(Send send, SlowSocket socket) throws IOException {
        while (!send.completed()) {
            long unused = send.writeTo(socket);
        }
    }

    @Test
    void aLargeAnswerIsNotCopiedAgainForEveryBitThatASlowReaderTakes() throws IOException {
        List<MemoryRecords> resolved = List.of(records(1, 8 << 20), records(2, 100), records(3, 4 << 20));
        long size = resolved.stream().mapToLong(MemoryRecords::sizeInBytes).sum();
        SlowSocket socket = new SlowSocket(100_000);

        sendAll(send(PiecewiseRecords.in(answer(resolved))), socket);

        assertThat(socket.copied).isLessThan(2 * size);
        List<FetchResponseData.PartitionData> partitions =
                received(socket).responses().get(0).partitions();
        for (int i = 0; i < resolved.size(); i++) {
            assertThat(((MemoryRecords) partitions.get(i).records()).buffer())
                    .isEqualTo(resolved.get(i).buffer());
        }
    }

    @Test
    void aFastReaderLeavesTheThreadToOthersNowAndThen() throws IOException {
        Send send = send(PiecewiseRecords.in(answer(List.of(records(1, 8 << 20)))));

        assertThat(send.writeTo(new SlowSocket(Integer.MAX_VALUE)))
                .isBetween((long) PiecewiseRecords.TURN_BYTES, PiecewiseRecords.TURN_BYTES + 1_000L);
    }

    @Test
    void smallAnswersStayOneWrite() {
        Seq<Tuple2<TopicIdPartition, FetchPartitionData>> small = answer(List.of(records(1, 1_000), records(2, 1_000)));

        assertThat(PiecewiseRecords.in(small)).isSameAs(small);
    }

    @Test
    void allElseOfAnAnswerStays() {
        MemoryRecords large = records(1, PiecewiseRecords.PIECE_BYTES);

        FetchPartitionData data =
                PiecewiseRecords.in(answer(List.of(large))).head()._2();

        assertThat(data)
                .usingRecursiveComparison()
                .ignoringFields("records")
                .isEqualTo(answer(List.of(large)).head()._2());
        assertThat(data.records.sizeInBytes()).isEqualTo(large.sizeInBytes());
        assertThat(data.records.records()).containsExactlyElementsOf((Iterable<? extends Record>) large.records());
        assertThat(data.records.slice(0, large.sizeInBytes()).sizeInBytes()).isEqualTo(large.sizeInBytes());
        assertThat(data.records.batches().iterator().next().checksum())
                .isEqualTo(large.batches().iterator().next().checksum());
    }
}
