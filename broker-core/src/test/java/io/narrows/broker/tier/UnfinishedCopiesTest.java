package io.narrows.broker.tier;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class UnfinishedCopiesTest {
    private static final long NOW = TimeUnit.DAYS.toMillis(1000);
    private static final long LONG_AGO = NOW - UnfinishedCopies.graceMs(TierFixture.SETTINGS) - 1;

    private final TierFixture tier = new TierFixture(NOW);

    @AfterEach
    void close() {
        tier.close();
    }

    @Test
    void onlyWhatWasStartedLongAgoAndNeverFinishedIsDeleted() {
        RemoteLogSegmentMetadata dead = segment(0, LONG_AGO, RemoteLogSegmentState.COPY_SEGMENT_STARTED);
        RemoteLogSegmentMetadata finished = segment(200, LONG_AGO, RemoteLogSegmentState.COPY_SEGMENT_FINISHED);
        sweep();
        tier.advance();
        RemoteLogSegmentMetadata young =
                segment(100, tier.services().clock().wallTimeMs() - 1000, RemoteLogSegmentState.COPY_SEGMENT_STARTED);

        sweep();

        assertThat(tier.keys(dead)).isEmpty();
        assertThat(tier.keys(young)).hasSize(2);
        assertThat(tier.keys(finished)).hasSize(2);
        assertThat(tier.segments.updates)
                .containsExactly(
                        RemoteLogSegmentState.DELETE_SEGMENT_STARTED, RemoteLogSegmentState.DELETE_SEGMENT_FINISHED);
        assertThat(tier.count("narrows.tier.swept.copies")).isEqualTo(1);
    }

    /** Its parts are all there, and its leader waits for the metadata topic, for as long as a producer tries. */
    @Test
    void aCopyWhoseLastRecordIsUnderWayIsNotTakenForDead() {
        RemoteLogSegmentMetadata written = segment(
                0,
                NOW - 2 * TierFixture.SETTINGS.copyTimeoutMs() - TimeUnit.MINUTES.toMillis(2),
                RemoteLogSegmentState.COPY_SEGMENT_STARTED);

        sweep();

        assertThat(tier.keys(written)).hasSize(2);
    }

    /** The clock of the broker that started the copy was behind, or this one's is ahead. */
    @Test
    void aCopyThatWasNotSeenForTheGraceIsLeftAloneWhateverItsTimestamp() {
        RemoteLogSegmentMetadata alive = segment(0, LONG_AGO, RemoteLogSegmentState.COPY_SEGMENT_STARTED);

        sweep();
        sweep();

        assertThat(tier.keys(alive)).hasSize(2);
    }

    @Test
    void aPartitionWhoseMetadataIsNotLoadedIsLeftAlone() {
        RemoteLogSegmentMetadata dead = segment(0, LONG_AGO, RemoteLogSegmentState.COPY_SEGMENT_STARTED);
        tier.segments.ready = false;

        sweep();

        assertThat(tier.keys(dead)).hasSize(2);
    }

    @Test
    void aLeaderKeepsNoPartsItCouldNotDeleteForGood() {
        RemoteLogSegmentMetadata dead = segment(0, LONG_AGO, RemoteLogSegmentState.COPY_SEGMENT_STARTED);
        sweep();
        tier.advance();
        tier.segments.fails = true;
        sweep();
        assertThat(tier.keys(dead)).hasSize(2);

        tier.segments.fails = false;
        sweep();

        assertThat(tier.keys(dead)).isEmpty();
    }

    private RemoteLogSegmentMetadata segment(long offset, long startedMs, RemoteLogSegmentState state) {
        RemoteLogSegmentMetadata segment = tier.segment(offset, startedMs, state);
        tier.segments.all.add(segment);
        return segment;
    }

    private void sweep() {
        tier.unfinished.sweep(Set.of(tier.partition));
    }
}
