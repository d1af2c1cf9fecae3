package io.narrows.broker.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.loop.ManualLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchRequest.PartitionData;
import org.apache.kafka.server.storage.log.FetchIsolation;
import org.apache.kafka.storage.internals.log.FetchDataInfo;
import org.apache.kafka.storage.internals.log.LogOffsetMetadata;
import org.apache.kafka.storage.internals.log.RemoteLogReadResult;
import org.apache.kafka.storage.internals.log.RemoteStorageFetchInfo;
import org.junit.jupiter.api.Test;

final class FailedReadDelayTest {
    private static final RemoteStorageFetchInfo REQUEST = new RemoteStorageFetchInfo(
            1000,
            true,
            new TopicIdPartition(Uuid.ZERO_UUID, 0, "orders"),
            new PartitionData(Uuid.ZERO_UUID, 12, 0, 1000, Optional.empty()),
            FetchIsolation.HIGH_WATERMARK);
    private static final RemoteLogReadResult DATA = new RemoteLogReadResult(
            Optional.of(new FetchDataInfo(new LogOffsetMetadata(0), MemoryRecords.EMPTY)), Optional.empty());
    private static final RemoteLogReadResult FAILURE =
            new RemoteLogReadResult(Optional.empty(), Optional.of(new KafkaStorageException("gone")));

    private final ManualLoop loop = new ManualLoop(0);
    private final List<RemoteLogReadResult> answers = new ArrayList<>();

    private Consumer<RemoteLogReadResult> read(long maxWaitMs) {
        FailedReadDelay delay = new FailedReadDelay(
                (delayMs, task) -> {
                    var unused = loop.schedule(TimeUnit.MILLISECONDS.toNanos(delayMs), task);
                },
                loop::nanoTime,
                maxWaitMs);
        return delay.of(REQUEST, answers::add);
    }

    private void advance(long ms) {
        loop.advance(TimeUnit.MILLISECONDS.toNanos(ms));
    }

    @Test
    void dataIsAnsweredWhenItIsThere() {
        read(500).accept(DATA);
        assertThat(answers).containsExactly(DATA);
    }

    @Test
    void aFailureThatComesFastIsKept() {
        Consumer<RemoteLogReadResult> read = read(500);
        advance(10);
        read.accept(FAILURE);
        advance(189);
        assertThat(answers).isEmpty();
        advance(1);
        assertThat(answers).containsExactly(FAILURE);
    }

    @Test
    void aFailureThatTookItsTimeIsNotKept() {
        Consumer<RemoteLogReadResult> read = read(500);
        advance(200);
        read.accept(FAILURE);
        assertThat(answers).containsExactly(FAILURE);
    }

    @Test
    void aFailureIsAnsweredBeforeTheFetchEnds() {
        read(100).accept(FAILURE);
        advance(50);
        assertThat(answers).containsExactly(FAILURE);
    }
}
