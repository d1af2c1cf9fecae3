package io.narrows.router.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgePartition;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgeTopic;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.AcknowledgementBatch;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartition;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchTopic;
import org.apache.kafka.common.message.ShareFetchRequestData.ForgottenTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.Test;

final class ShareRequestReaderTest {
    private static final int MESSAGES = 500;

    private final Random random = new Random(41);

    @Test
    void fetchesAreReadAsKafkaReadsThem() {
        for (int i = 0; i < MESSAGES; i++) {
            for (short version : versions(ApiKeys.SHARE_FETCH)) {
                ShareFetchRequestData request = fetch(version);
                ByteBufferAccessor bytes = MessageUtil.toByteBufferAccessor(request, version);
                assertThat(ShareRequestReader.fetch(bytes, version)).isEqualTo(request);
                assertThat(bytes.remaining()).isZero();
            }
        }
    }

    @Test
    void acknowledgementsAreReadAsKafkaReadsThem() {
        for (int i = 0; i < MESSAGES; i++) {
            for (short version : versions(ApiKeys.SHARE_ACKNOWLEDGE)) {
                ShareAcknowledgeRequestData request = acknowledgement(version);
                ByteBufferAccessor bytes = MessageUtil.toByteBufferAccessor(request, version);
                assertThat(ShareRequestReader.acknowledge(bytes, version)).isEqualTo(request);
                assertThat(bytes.remaining()).isZero();
            }
        }
    }

    @Test
    void whatIsCutOffIsRefused() {
        ApiMessage request = fetch((short) 2);
        int size = MessageUtil.toByteBufferAccessor(request, (short) 2).remaining();
        for (int length = 0; length < size; length++) {
            ByteBufferAccessor bytes = MessageUtil.toByteBufferAccessor(request, (short) 2);
            bytes.buffer().limit(length);
            assertThatThrownBy(() -> ShareRequestReader.fetch(bytes, (short) 2))
                    .as("%s of %s bytes", length, size)
                    .isInstanceOf(RuntimeException.class);
        }
    }

    /** A new version has to be read here, too. */
    @Test
    void theVersionsAreThoseOfKafka() {
        assertThat(versions(ApiKeys.SHARE_FETCH)).containsExactly((short) 1, (short) 2);
        assertThat(versions(ApiKeys.SHARE_ACKNOWLEDGE)).containsExactly((short) 1, (short) 2);
    }

    private static List<Short> versions(ApiKeys api) {
        List<Short> versions = new ArrayList<>();
        for (short version = api.oldestVersion(); version <= api.latestVersion(); version++) {
            versions.add(version);
        }
        return versions;
    }

    private ShareFetchRequestData fetch(short version) {
        ShareFetchRequestData request = new ShareFetchRequestData()
                .setGroupId(random.nextInt(9) == 0 ? null : "group")
                .setMemberId(random.nextInt(9) == 0 ? null : "member-\u00e9")
                .setShareSessionEpoch(random.nextInt())
                .setMaxWaitMs(random.nextInt())
                .setMinBytes(random.nextInt())
                .setMaxBytes(random.nextInt())
                .setMaxRecords(random.nextInt())
                .setBatchSize(random.nextInt());
        if (version >= 2) {
            request.setShareAcquireMode((byte) random.nextInt()).setIsRenewAck(random.nextBoolean());
        }
        for (int topics = random.nextInt(4); topics > 0; topics--) {
            FetchTopic topic = new FetchTopic().setTopicId(id());
            for (int partitions = random.nextInt(40); partitions > 0; partitions--) {
                FetchPartition partition = new FetchPartition().setPartitionIndex(random.nextInt(20));
                for (int batches = random.nextInt(3); batches > 0; batches--) {
                    partition
                            .acknowledgementBatches()
                            .add(new AcknowledgementBatch()
                                    .setFirstOffset(random.nextLong())
                                    .setLastOffset(random.nextLong())
                                    .setAcknowledgeTypes(List.of((byte) 1, (byte) random.nextInt())));
                }
                topic.partitions().add(partition);
            }
            request.topics().add(topic);
            request.forgottenTopicsData()
                    .add(new ForgottenTopic().setTopicId(id()).setPartitions(List.of(random.nextInt())));
        }
        return request;
    }

    private ShareAcknowledgeRequestData acknowledgement(short version) {
        ShareFetchRequestData fetch = fetch(version);
        ShareAcknowledgeRequestData request = new ShareAcknowledgeRequestData()
                .setGroupId(fetch.groupId())
                .setMemberId(fetch.memberId())
                .setShareSessionEpoch(fetch.shareSessionEpoch())
                .setIsRenewAck(fetch.isRenewAck());
        fetch.topics().forEach(from -> {
            AcknowledgeTopic topic = new AcknowledgeTopic().setTopicId(from.topicId());
            from.partitions()
                    .forEach(partition -> topic.partitions()
                            .add(new AcknowledgePartition()
                                    .setPartitionIndex(partition.partitionIndex())
                                    .setAcknowledgementBatches(
                                            List.of(new ShareAcknowledgeRequestData.AcknowledgementBatch()
                                                    .setLastOffset(random.nextLong())))));
            request.topics().add(topic);
        });
        return request;
    }

    private Uuid id() {
        return new Uuid(random.nextLong(), random.nextLong());
    }
}
