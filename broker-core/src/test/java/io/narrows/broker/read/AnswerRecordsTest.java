package io.narrows.broker.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.server.Batches;
import java.io.IOException;
import java.nio.ByteBuffer;
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
final class AnswerRecordsTest {
    private static final short VERSION = ApiKeys.FETCH.latestVersion();
    private static final Uuid TOPIC = Uuid.randomUuid();

    private final AnswerMemory memory = AnswerMemories.of(1L << 30);

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

    private static FetchResponseData received(SlowChannel socket) {
        ByteBuffer bytes = ByteBuffer.wrap(socket.taken());
        assertThat(bytes.getInt()).isEqualTo(bytes.remaining());
        ResponseHeader header = ResponseHeader.parse(bytes, ApiKeys.FETCH.responseHeaderVersion(VERSION));
        assertThat(header.correlationId()).isEqualTo(1);
        return new FetchResponseData(new ByteBufferAccessor(bytes), VERSION);
    }

    private static void sendAll(Send send, SlowChannel socket) throws IOException {
        while (!send.completed()) {
            long unused = send.writeTo(socket);
        }
    }

    @Test
    void aLargeAnswerIsNotCopiedAgainForEveryBitThatASlowReaderTakes() throws IOException {
        List<MemoryRecords> resolved = List.of(records(1, 8 << 20), records(2, 100), records(3, 4 << 20));
        long size = resolved.stream().mapToLong(MemoryRecords::sizeInBytes).sum();
        SlowChannel socket = new SlowChannel(100_000);

        sendAll(send(AnswerRecords.in(answer(resolved), memory)), socket);

        assertThat(socket.offered()).isLessThan(2 * size);
        List<FetchResponseData.PartitionData> partitions =
                received(socket).responses().get(0).partitions();
        for (int i = 0; i < resolved.size(); i++) {
            assertThat(((MemoryRecords) partitions.get(i).records()).buffer())
                    .isEqualTo(resolved.get(i).buffer());
        }
    }

    @Test
    void aFastReaderLeavesTheThreadToOthersNowAndThen() throws IOException {
        Send send = send(AnswerRecords.in(answer(List.of(records(1, 8 << 20))), memory));

        assertThat(send.writeTo(new SlowChannel(Integer.MAX_VALUE)))
                .isBetween((long) Answer.TURN_BYTES, Answer.TURN_BYTES + 1_000L);
    }

    @Test
    void smallAnswersStayOneWrite() {
        Seq<Tuple2<TopicIdPartition, FetchPartitionData>> small = answer(List.of(records(1, 1_000), records(2, 1_000)));

        assertThat(AnswerRecords.in(small, memory)).isSameAs(small);
    }

    @Test
    void allElseOfAnAnswerStays() {
        MemoryRecords large = records(1, Answer.COPY_BYTES);

        FetchPartitionData data =
                AnswerRecords.in(answer(List.of(large)), memory).head()._2();

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
