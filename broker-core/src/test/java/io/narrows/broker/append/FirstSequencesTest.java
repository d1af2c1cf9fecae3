package io.narrows.broker.append;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.log.HybridLog;
import io.narrows.broker.log.LogFixture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Option;

/** Rule L11 of RFC 0002 where a log's memory of its producers changes: it follows Kafka's own memory, in both directions. */
final class FirstSequencesTest {
    private static final TopicPartition PARTITION = new TopicPartition("orders", 0);
    private static final long PRODUCER = 4711;
    private static final long NOW_MS = System.currentTimeMillis();
    /** More than the logs of the fixture remember a producer. */
    private static final long EXPIRY_MS = TimeUnit.DAYS.toMillis(2);

    @TempDir
    Path directory;

    private LogFixture logs;
    private HybridLog log;
    private FirstSequences rule;

    private void open() throws IOException {
        logs = new LogFixture(directory);
        use(logs.open(PARTITION.topic()));
    }

    private void use(HybridLog opened) {
        log = opened;
        rule = new FirstSequences(partition -> Option.apply(log));
    }

    @AfterEach
    void close() throws Exception {
        logs.close();
    }

    @Test
    void aProducerIsUnknownUntilItsFirstBatchAndAfterItHasExpired() throws IOException {
        open();
        assertUnknown();

        append(0, NOW_MS);
        assertKnown();
        log.removeExpiredProducers(NOW_MS);
        assertKnown();

        log.removeExpiredProducers(NOW_MS + EXPIRY_MS);
        assertUnknown();

        // The client has sent it again, so it is taken without a look.
        append(1, NOW_MS);
        assertKnown();
    }

    @Test
    void aProducerIsUnknownWhenItsBatchesAreCutOff() throws IOException {
        open();
        LogFixture.appendInline(log, 10);
        append(0, NOW_MS);
        append(1, NOW_MS);

        log.truncateTo(2);
        assertKnown();
        log.truncateTo(1);
        assertUnknown();

        append(0, NOW_MS);
        assertKnown();
        log.truncateFullyAndStartAt(7, Optional.empty());
        assertUnknown();
    }

    @Test
    void aProducerIsKnownAfterACleanRestartAndAfterACrash() throws IOException {
        open();
        append(0, NOW_MS);
        logs.close(PARTITION.topic());
        use(logs.open(PARTITION.topic()));
        assertKnown();

        append(1, NOW_MS);
        logs.kill(PARTITION.topic());
        use(logs.recover(PARTITION.topic(), 0));
        assertKnown();
    }

    /** A snapshot's entries may expire while the broker is down; a log that is read again remembers them until the next look. */
    @Test
    void aProducerThatExpiredWhileTheBrokerWasDownIsUnknown() throws IOException {
        open();
        append(0, NOW_MS - EXPIRY_MS);
        logs.close(PARTITION.topic());
        use(logs.open(PARTITION.topic()));
        assertUnknown();

        append(1, NOW_MS - EXPIRY_MS);
        logs.kill(PARTITION.topic());
        use(logs.recover(PARTITION.topic(), 0));
        assertFollowsKafka();
        log.removeExpiredProducers(NOW_MS);
        assertUnknown();
    }

    private void append(int sequence, long timestampMs) {
        LogFixture.append(log, records(sequence, timestampMs));
    }

    private static MemoryRecords records(int sequence, long timestampMs) {
        return MemoryRecords.withIdempotentRecords(
                Compression.NONE, PRODUCER, (short) 0, sequence, new SimpleRecord(timestampMs, null, new byte[] {
                    (byte) sequence
                }));
    }

    private boolean isMissing(int sequence) {
        ByteBuffer batch = records(sequence, NOW_MS).buffer();
        return rule.isMissing(batch, PARTITION);
    }

    private void assertKnown() {
        assertFollowsKafka();
        assertThat(isMissing(0)).isFalse();
        assertThat(isMissing(5)).as("Kafka itself refuses a gap").isFalse();
    }

    private void assertUnknown() {
        assertFollowsKafka();
        assertThat(isMissing(0)).isFalse();
        assertThat(isMissing(5)).isTrue();
    }

    private void assertFollowsKafka() {
        assertThat(log.knowsProducer(PRODUCER))
                .isEqualTo(log.producerStateManager().activeProducers().containsKey(PRODUCER));
    }
}
