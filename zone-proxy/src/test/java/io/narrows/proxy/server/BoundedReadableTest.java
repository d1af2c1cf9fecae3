package io.narrows.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.proxy.fake.Wire;
import io.narrows.router.wire.BoundedReadable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.ByteUtils;
import org.junit.jupiter.api.Test;

final class BoundedReadableTest {
    @Test
    void variableLengthIntegersAreReadAsKafkaWritesThem() {
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            int value = random.nextInt() >> random.nextInt(32);
            long longValue = random.nextLong() >> random.nextInt(64);
            ByteBuffer bytes = ByteBuffer.allocate(40);
            ByteUtils.writeUnsignedVarint(value, bytes);
            ByteUtils.writeVarint(value, bytes);
            ByteUtils.writeVarlong(longValue, bytes);
            bytes.flip();
            BoundedReadable readable = new BoundedReadable(Unpooled.wrappedBuffer(bytes));
            assertThat(readable.readUnsignedVarint()).isEqualTo(value);
            assertThat(readable.readVarint()).isEqualTo(value);
            assertThat(readable.readVarlong()).isEqualTo(longValue);
        }
    }

    @Test
    void anEndlessIntegerIsRefused() {
        ByteBuf bytes = Unpooled.buffer().writeLong(-1).writeLong(-1);
        assertThatThrownBy(() -> new BoundedReadable(bytes).readUnsignedVarint())
                .isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void aStringThatCouldNotBeWrittenAgainIsRefused() {
        byte[] text = new byte[Short.MAX_VALUE];
        Arrays.fill(text, (byte) 'x');
        assertThat(new BoundedReadable(Unpooled.wrappedBuffer(text)).readString(text.length))
                .hasSize(text.length);
        Arrays.fill(text, (byte) 0xff);
        assertThat(new BoundedReadable(Unpooled.wrappedBuffer(text)).readString(text.length / 3))
                .isEqualTo("\ufffd".repeat(text.length / 3));
        assertThatThrownBy(() -> new BoundedReadable(Unpooled.wrappedBuffer(text)).readString(text.length / 3 + 1))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage("a string of 10923 bytes is not UTF-8; send UTF-8 or a shorter string");
    }

    @Test
    void anArrayLargerThanTheFrameIsRefusedBeforeItIsAllocated() {
        ByteBuf bytes = Unpooled.buffer().writeInt(Integer.MAX_VALUE);
        assertThatThrownBy(() -> new MetadataRequestData(new BoundedReadable(bytes), (short) 4))
                .hasMessageContaining("Tried to allocate");
    }

    @Test
    void anArrayOfMoreElementsThanFieldsAreAllowedIsRefusedBeforeItIsAllocated() {
        ByteBuf bytes = Unpooled.buffer().writeInt(3_000_000).writeZero(3_000_000);
        assertThatThrownBy(() -> new MetadataRequestData(new BoundedReadable(bytes), (short) 4))
                .hasMessageContaining("Tried to allocate");
    }

    @Test
    void manySmallElementsAreRefusedInSum() {
        int elements = 100_000;
        ByteBuf bytes = Unpooled.buffer().writeInt(elements).writeZero(2 * elements + 1);
        assertThatThrownBy(() -> new MetadataRequestData(new BoundedReadable(bytes), (short) 4))
                .hasMessageContaining("fields");
    }

    @Test
    void aFetchOfAHundredThousandPartitionsIsRead() {
        FetchRequestData fetch = new FetchRequestData();
        FetchRequestData.FetchTopic topic = new FetchRequestData.FetchTopic().setTopicId(new Uuid(1, 2));
        IntStream.range(0, 100_000)
                .forEach(i -> topic.partitions().add(new FetchRequestData.FetchPartition().setPartition(i)));
        fetch.topics().add(topic);
        for (short version : new short[] {13, 17}) {
            ByteBuf bytes = Unpooled.wrappedBuffer(
                    MessageUtil.toByteBufferAccessor(fetch, version).buffer());
            FetchRequestData read = new FetchRequestData(new BoundedReadable(bytes), version);
            assertThat(read.topics().get(0).partitions()).hasSize(100_000);
        }
    }

    @Test
    void anOffsetCommitOfAHundredThousandPartitionsIsRead() {
        OffsetCommitRequestData commit = new OffsetCommitRequestData().setGroupId("g");
        OffsetCommitRequestData.OffsetCommitRequestTopic topic =
                new OffsetCommitRequestData.OffsetCommitRequestTopic().setName("t");
        IntStream.range(0, 100_000)
                .forEach(i -> topic.partitions()
                        .add(new OffsetCommitRequestData.OffsetCommitRequestPartition().setPartitionIndex(i)));
        commit.topics().add(topic);
        ByteBuf bytes = Unpooled.wrappedBuffer(
                MessageUtil.toByteBufferAccessor(commit, (short) 9).buffer());
        OffsetCommitRequestData read = new OffsetCommitRequestData(new BoundedReadable(bytes), (short) 9);
        assertThat(read.topics().get(0).partitions()).hasSize(100_000);
    }

    @Test
    void recordsAreSlicesOfTheFrame() {
        MemoryRecords records = Wire.batch("a", "b");
        ByteBuf frame = Wire.request(
                org.apache.kafka.common.protocol.ApiKeys.PRODUCE, (short) 9, 1, Wire.produce(-1, "topic", records));
        ByteBuf body = frame.skipBytes(4 + 2 + 2 + 4 + 2 + "test-client".length() + 1);
        BoundedReadable readable = new BoundedReadable(body);
        ProduceRequestData read = new ProduceRequestData(readable, (short) 9);
        ByteBuf slice = readable.retainedSlice(
                read.topicData().iterator().next().partitionData().get(0).records());
        assertThat(ByteBufUtil.getBytes(slice)).isEqualTo(bytesOf(records));
        assertThat(slice.unwrap()).isNotNull();
        slice.release();
        assertThat(frame.refCnt()).isEqualTo(1);
        assertThat(readable.atEnd()).isTrue();
    }

    private static byte[] bytesOf(MemoryRecords records) {
        byte[] bytes = new byte[records.sizeInBytes()];
        records.buffer().get(bytes);
        return bytes;
    }
}
