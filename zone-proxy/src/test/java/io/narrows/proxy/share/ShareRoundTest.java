package io.narrows.proxy.share;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.router.upstream.RecordsAnswer;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.message.ShareFetchResponseData.PartitionData;
import org.apache.kafka.common.message.ShareFetchResponseData.ShareFetchableTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

final class ShareRoundTest {
    private static final short VERSION = 2;
    private static final Uuid TOPIC = new Uuid(1, 2);
    private static final int PARTITIONS = 3_000;

    private final AtomicLong looks = new AtomicLong();
    private final ShareRound round = new ShareRound(new ShareCall(VERSION, "test", new ShareFetchRequestData()));

    /** A client may have 50,000 of one topic in its session, and each may fail. */
    @Test
    void aReplyLooksAtEachPartitionAFewTimesOnly() {
        round.accept(answer());
        for (int partition = 0; partition < PARTITIONS; partition++) {
            round.failAcknowledgement(new ShareKey(TOPIC, partition), Errors.INVALID_RECORD_STATE);
        }
        var reply = round.reply();
        List<PartitionData> partitions = reply.data().responses().find(TOPIC).partitions();
        assertThat(partitions).hasSize(PARTITIONS);
        assertThat(partitions).allMatch(data -> data.acknowledgeErrorCode() == Errors.INVALID_RECORD_STATE.code());
        assertThat(looks.get()).isLessThan(10 * PARTITIONS);
        reply.release();
    }

    private RecordsAnswer<ShareFetchResponseData> answer() {
        List<PartitionData> partitions = new ArrayList<>();
        for (int index = 0; index < PARTITIONS; index++) {
            PartitionData data = new PartitionData() {
                @Override
                public int partitionIndex() {
                    looks.incrementAndGet();
                    return super.partitionIndex();
                }
            };
            partitions.add(data.setPartitionIndex(index).setRecords(MemoryRecords.EMPTY));
        }
        ShareFetchResponseData data = new ShareFetchResponseData();
        data.responses().add(new ShareFetchableTopicResponse().setTopicId(TOPIC).setPartitions(partitions));
        return RecordsAnswer.reader((readable, version) -> data)
                .read(Unpooled.EMPTY_BUFFER, ApiKeys.SHARE_FETCH, VERSION);
    }
}
