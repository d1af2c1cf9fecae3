package io.narrows.broker.tier;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.tier.OrphanParts.Starts;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Log start 100, local log start 500; two parts per segment. */
final class OrphanPartsTest {
    private static final Starts STARTS = new Starts(100, 500);
    private final TierFixture tier = new TierFixture(0);
    private final OrphanParts orphans =
            new OrphanParts(tier.segments, tier.storage, tier.unfinished, 2, tier.services());

    @AfterEach
    void close() {
        tier.close();
    }

    @Test
    void aPartThatLandedAfterItsCopyWasDeletedIsCollectedAfterTheGracePeriod() throws Exception {
        RemoteLogSegmentMetadata known = parts(300);
        tier.segments.all.add(known);
        RemoteLogSegmentMetadata orphan = parts(300);
        RemoteLogSegmentMetadata belowTheStart = parts(20);
        RemoteLogSegmentMetadata stillLocal = parts(500);

        orphans.sweep(tier.partition, STARTS);
        assertThat(tier.store.keys()).hasSize(8);
        tier.advance();
        orphans.sweep(tier.partition, STARTS);

        assertThat(tier.keys(known)).hasSize(2);
        assertThat(tier.count("narrows.tier.orphan.parts")).isEqualTo(6);
        assertThat(tier.keys(orphan)).isEmpty();
        assertThat(tier.keys(belowTheStart)).isEmpty();
        assertThat(tier.keys(stillLocal)).isEmpty();
    }

    @Test
    void aSegmentOfWhichThisBrokerHasNotReadYetIsKept() throws Exception {
        tier.segments.unread.add(parts(500));
        tier.advance();

        orphans.sweep(tier.partition, STARTS);

        assertThat(tier.store.keys()).hasSize(2);
        assertThat(tier.segments.added).hasSize(1);
        assertThat(tier.segments.updates)
                .containsExactly(
                        RemoteLogSegmentState.DELETE_SEGMENT_STARTED, RemoteLogSegmentState.DELETE_SEGMENT_FINISHED);
    }

    @Test
    void historyWhoseMetadataIsLostIsKept() throws Exception {
        RemoteLogSegmentMetadata lost = parts(200);
        tier.advance();

        orphans.sweep(tier.partition, STARTS);

        assertThat(tier.keys(lost)).hasSize(2);
    }

    @Test
    void withoutOrphansThereIsOneListAndNoMetadata() throws Exception {
        tier.segments.all.add(parts(300));
        tier.segments.all.add(parts(400));
        tier.put("seg/" + tier.partition.topicId() + "/0000000000/not ours");
        tier.advance();

        orphans.sweep(tier.partition, STARTS);

        assertThat(tier.store.keys()).hasSize(5);
        assertThat(tier.segments.added).isEmpty();
    }

    @Test
    void nothingIsDeletedWhileTheMetadataIsNotLoaded() throws Exception {
        RemoteLogSegmentMetadata orphan = parts(20);
        tier.advance();
        tier.segments.ready = false;
        orphans.sweep(tier.partition, STARTS);
        assertThat(tier.keys(orphan)).hasSize(2);
    }

    private RemoteLogSegmentMetadata parts(long offset) {
        return tier.segment(offset, 1, RemoteLogSegmentState.COPY_SEGMENT_FINISHED);
    }
}
