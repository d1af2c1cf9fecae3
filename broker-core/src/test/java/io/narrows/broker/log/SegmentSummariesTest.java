package io.narrows.broker.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.pointer.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of a log is read when it is loaded, and that what is not read is known all the same. */
final class SegmentSummariesTest {
    private static final String TOPIC = "t";
    private static final int LINKS = 5;
    private static final int SEGMENTS = 4;

    @TempDir
    Path directory;

    private LogFixture logs;
    private final List<Pointer> pointers = new ArrayList<>();

    @BeforeEach
    void open() {
        logs = new LogFixture(directory);
    }

    @AfterEach
    void close() throws Exception {
        logs.close();
    }

    /** Four segments, the last of them active and not flushed; each has links and bytes, but the second has bytes only. */
    private HybridLog fill() throws IOException {
        HybridLog log = logs.open(TOPIC);
        for (int segment = 0; segment < SEGMENTS; segment++) {
            if (segment > 0) {
                log.roll();
            }
            for (int i = 0; i < LINKS; i++) {
                LogFixture.appendInline(log, 100 + i);
                if (segment != 1) {
                    pointers.add(logs.appendLink(log, 1000 + 10 * i + segment));
                }
            }
        }
        log.flushUptoOffsetExclusive(log.activeSegment().baseOffset());
        return log;
    }

    private record Known(List<Long> extras, List<Integer> positions, long size) {
        static Known of(HybridLog log) {
            return new Known(
                    log.logSegments().stream()
                            .map(segment -> log.sizes().extra(segment.baseOffset()))
                            .toList(),
                    log.logSegments().stream()
                            .map(segment -> log.sizes().realPosition(segment.baseOffset(), segment.size() / 2))
                            .toList(),
                    log.size());
        }
    }

    private void assertLoaded(int read, int notRead) {
        assertThat(logs.parts.count(1, "load.segments.read"))
                .as("segments read")
                .isEqualTo(read);
        assertThat(logs.parts.count(1, "load.segments.not.read"))
                .as("segments not read")
                .isEqualTo(notRead);
    }

    private void assertReferences() {
        assertThat(pointers)
                .allMatch(pointer -> logs.links.references().account().refersTo(pointer.object()));
    }

    /** A broker that starts has no memory of what the one before it referred to. */
    private void restart() throws Exception {
        logs.close();
        logs = new LogFixture(directory);
    }

    @Test
    void afterACrashOnlyWhatKafkaRecoversIsRead() throws Exception {
        HybridLog log = fill();
        Known before = Known.of(log);
        long recoveryPoint = log.activeSegment().baseOffset();
        restart();

        HybridLog again = logs.recover(TOPIC, recoveryPoint);

        assertLoaded(1, SEGMENTS - 1);
        assertThat(Known.of(again)).isEqualTo(before);
        assertReferences();
    }

    @Test
    void afterACrashSegmentsBehindTheRecoveryPointAreRead() throws Exception {
        HybridLog log = fill();
        Known before = Known.of(log);
        long recoveryPoint = log.logSegments().get(1).baseOffset() + 1;
        restart();

        assertThat(Known.of(logs.recover(TOPIC, recoveryPoint))).isEqualTo(before);

        assertLoaded(SEGMENTS - 1, 1);
        assertReferences();
    }

    @Test
    void afterACleanShutdownNothingIsRead() throws Exception {
        Known before = Known.of(fill());
        logs.close(TOPIC);
        restart();

        HybridLog again = logs.open(TOPIC);

        assertLoaded(0, SEGMENTS);
        assertThat(Known.of(again)).isEqualTo(before);
        assertReferences();
    }

    @Test
    void aLogThatNeverHadLinksIsNotSearchedForThem() throws Exception {
        HybridLog log = logs.open(TOPIC);
        for (int i = 0; i < SEGMENTS; i++) {
            LogFixture.appendInline(log, 100);
            log.roll();
        }
        log.flushUptoOffsetExclusive(log.activeSegment().baseOffset());
        assertThat(summaries()).isEmpty();
        long recoveryPoint = log.activeSegment().baseOffset();
        restart();

        logs.recover(TOPIC, recoveryPoint);

        assertLoaded(1, SEGMENTS);
    }

    @Test
    void closedSegmentsFromBeforeTheFirstLinkGetSummariesToo() throws Exception {
        HybridLog log = logs.open(TOPIC);
        LogFixture.appendInline(log, 100);
        log.roll();
        logs.appendLink(log, 1000);
        log.roll();
        log.flushUptoOffsetExclusive(log.activeSegment().baseOffset());
        assertThat(summaries()).hasSize(2);
    }

    @Test
    void summariesThatAreMissingDamagedOrOfAnotherFileAreMadeAgain() throws Exception {
        HybridLog log = fill();
        Known before = Known.of(log);
        long recoveryPoint = log.activeSegment().baseOffset();
        List<Path> files = summaries();
        assertThat(files).hasSize(SEGMENTS - 1);
        Path firstSegment = log.logSegments().get(0).log().file().toPath();
        restart();
        Files.setLastModifiedTime(firstSegment, FileTime.fromMillis(1_600_000_000_000L));
        Files.write(files.get(1), new byte[] {1, 2, 3});
        Files.delete(files.get(2));

        assertThat(Known.of(logs.recover(TOPIC, recoveryPoint))).isEqualTo(before);
        assertLoaded(SEGMENTS, 0);
        assertReferences();

        restart();
        assertThat(Known.of(logs.recover(TOPIC, recoveryPoint))).isEqualTo(before);
        assertLoaded(1, SEGMENTS - 1);
        assertReferences();
    }

    /** A summary of what was cut off would name objects that are gone, and miss those that came after. */
    @Test
    void truncationAndDeletionTakeTheSummaries() throws Exception {
        HybridLog log = fill();
        LogSegment third = log.logSegments().get(2);
        log.truncateTo(third.baseOffset() + 2);
        assertThat(summaries()).hasSize(2);
        pointers.add(logs.appendLink(log, 3000));
        log.roll();
        log.flushUptoOffsetExclusive(log.activeSegment().baseOffset());
        assertThat(summaries()).hasSize(3);
        List<Long> before = Known.of(log).extras();
        long recoveryPoint = log.activeSegment().baseOffset();
        restart();

        HybridLog again = logs.recover(TOPIC, recoveryPoint);

        assertLoaded(1, 3);
        assertThat(Known.of(again).extras()).isEqualTo(before);
        assertThat(logs.links
                        .references()
                        .account()
                        .refersTo(pointers.get(pointers.size() - 1).object()))
                .isTrue();
        again.truncateFullyAndStartAt(100, java.util.Optional.empty());
        assertThat(summaries()).isEmpty();
    }

    private List<Path> summaries() throws IOException {
        try (Stream<Path> files = Files.list(logs.dir(TOPIC))) {
            return files.filter(file -> file.toString().endsWith(SegmentSummaries.SUFFIX))
                    .sorted()
                    .toList();
        }
    }
}
