package io.narrows.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.Wire;
import io.netty.buffer.ByteBuf;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgePartition;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgePartitionCollection;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgeTopic;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartition;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartitionCollection;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.Test;

/** Honest requests about very many topics or partitions, as a stock broker serves them. */
final class LongListsTest {
    private static final int IDS = 700;
    private static final int PARTITIONS = 50_000;

    @Test
    void topicsAreDescribedByManyIds() {
        MetadataRequestData request = new MetadataRequestData().setAllowAutoTopicCreation(false);
        for (int i = 1; i <= IDS; i++) {
            request.topics().add(new MetadataRequestTopic().setTopicId(new Uuid(i, i)));
        }
        try (SessionHarness harness = new SessionHarness()) {
            harness.send(ApiKeys.METADATA, 12, 1, request);
            assertThat(harness.upstream.sent(ApiKeys.METADATA)).hasSizeGreaterThan(3);
            MetadataResponseData response =
                    (MetadataResponseData) harness.receive(ApiKeys.METADATA, 12).body();
            assertThat(response.topics()).hasSize(IDS);
            assertThat(response.brokers()).isNotEmpty();
        }
    }

    @Test
    void shareRequestsNameAllPartitionsOfALargeTopic() {
        FetchPartitionCollection fetched = new FetchPartitionCollection(2 * PARTITIONS);
        AcknowledgePartitionCollection acknowledged = new AcknowledgePartitionCollection(2 * PARTITIONS);
        for (int i = 0; i < PARTITIONS; i++) {
            fetched.mustAdd(new FetchPartition().setPartitionIndex(i));
            acknowledged.mustAdd(new AcknowledgePartition().setPartitionIndex(i));
        }
        ShareFetchRequestData fetch =
                new ShareFetchRequestData().setGroupId("g").setMemberId("m");
        fetch.topics().add(new FetchTopic().setTopicId(new Uuid(1, 2)).setPartitions(fetched));
        ShareAcknowledgeRequestData acknowledge =
                new ShareAcknowledgeRequestData().setGroupId("g").setMemberId("m");
        acknowledge
                .topics()
                .add(new AcknowledgeTopic().setTopicId(new Uuid(1, 2)).setPartitions(acknowledged));
        assertThat(decoded(ApiKeys.SHARE_FETCH, fetch)).isEqualTo(fetch);
        assertThat(decoded(ApiKeys.SHARE_ACKNOWLEDGE, acknowledge)).isEqualTo(acknowledge);
    }

    private static ApiMessage decoded(ApiKeys api, ApiMessage request) {
        ByteBuf frame = Wire.request(api, api.latestVersion(), 1, request);
        try {
            frame.skipBytes(Integer.BYTES);
            return RequestDecoder.decode(frame).call().message();
        } finally {
            boolean unused = frame.release();
        }
    }
}
