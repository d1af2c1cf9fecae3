package io.narrows.broker.tier;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.config.TierSettings;
import io.narrows.broker.tier.ReadAhead.Plan;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

final class ReadAheadTest {
    private static final int MIB = 1 << 20;
    private static final long DATA = 1000L * MIB;

    private final SegmentObjectId segment = new SegmentObjectId(Uuid.randomUuid(), 0, 0, Uuid.randomUuid());
    private final ReadAhead readAhead =
            new ReadAhead(new TierSettings(16 * MIB, 64 * MIB, 16 * MIB, 1, 1, TierSettings.DEFAULT.roll()));
    private long now;

    @Test
    void nothingIsFetchedAheadOfASingleRead() {
        assertThat(readAhead.opened(segment, 5 * MIB, DATA, now).isEmpty()).isTrue();
    }

    @Test
    void howFarDependsOnTheSpeed() {
        assertThat(ahead(readFor(1, 1000, 20))).isBetween(2L * MIB, 3L * MIB);
        assertThat(ahead(readFor(1, 100, 20))).isBetween(4L * MIB, 6L * MIB);
        assertThat(ahead(readFor(1, 5, 20))).isBetween(15L * MIB, 16L * MIB);
    }

    @Test
    void allReadersTogetherLeaveHalfOfTheCache() {
        long sum = 0;
        SegmentObjectId[] segments = new SegmentObjectId[10];
        for (int reader = 0; reader < segments.length; reader++) {
            segments[reader] = new SegmentObjectId(Uuid.randomUuid(), 0, 0, Uuid.randomUuid());
        }
        long[] fetchedTo = new long[segments.length];
        for (int piece = 0; piece < 20; piece++) {
            for (int reader = 0; reader < segments.length; reader++) {
                Plan plan = readAhead.opened(segments[reader], (long) piece * MIB, DATA, now);
                fetchedTo[reader] = Math.max(fetchedTo[reader], plan.to());
                now += TimeUnit.MILLISECONDS.toNanos(1);
                readAhead.closed(plan.cursor(), (piece + 1L) * MIB, now);
            }
        }
        for (long to : fetchedTo) {
            sum += Math.max(0, to - 20L * MIB);
        }
        assertThat(sum).isBetween(MIB * 5L, 32L * MIB);
    }

    @Test
    void whatIsFetchedAheadComesInLargePieces() {
        long pieces = 0;
        long bytes = 0;
        for (int i = 0; i < 200; i++) {
            Plan plan = readAhead.opened(segment, (long) i * MIB, DATA, now);
            if (!plan.isEmpty()) {
                pieces++;
                bytes += plan.to() - plan.from();
            }
            now += TimeUnit.MILLISECONDS.toNanos(5);
            readAhead.closed(plan.cursor(), (i + 1L) * MIB, now);
        }
        assertThat(bytes / pieces).isGreaterThan(6L * MIB);
    }

    @Test
    void segmentsThatAReaderHasLeftDoNotCountAsReaders() {
        long pieces = 0;
        long bytes = 0;
        for (int next = 0; next < 20; next++) {
            SegmentObjectId other = new SegmentObjectId(Uuid.randomUuid(), 0, next, Uuid.randomUuid());
            for (int i = 0; i < 32; i++) {
                Plan plan = readAhead.opened(other, (long) i * MIB, 32L * MIB, now);
                if (!plan.isEmpty()) {
                    pieces++;
                    bytes += plan.to() - plan.from();
                }
                now += TimeUnit.MILLISECONDS.toNanos(5);
                readAhead.closed(plan.cursor(), (i + 1L) * MIB, now);
            }
        }
        assertThat(bytes / pieces).isGreaterThan(5L * MIB);
    }

    @Test
    void theNextSegmentIsAskedForOnce() {
        int asked = 0;
        for (int i = 0; i < 20; i++) {
            Plan plan = readAhead.opened(segment, (long) i * MIB, 20L * MIB, now);
            asked += plan.nearEnd() ? 1 : 0;
            assertThat(plan.to()).isLessThanOrEqualTo(20L * MIB);
            now += TimeUnit.MILLISECONDS.toNanos(5);
            readAhead.closed(plan.cursor(), (i + 1L) * MIB, now);
        }
        assertThat(asked).isEqualTo(1);
    }

    private Plan readFor(int pieceMib, int pieceMs, int pieces) {
        SegmentObjectId other = new SegmentObjectId(Uuid.randomUuid(), 0, 0, Uuid.randomUuid());
        now += TimeUnit.MINUTES.toNanos(1);
        Plan plan = null;
        long furthest = 0;
        long position = 0;
        for (int i = 0; i < pieces; i++) {
            plan = readAhead.opened(other, position, DATA, now);
            furthest = Math.max(furthest, plan.to() - position);
            position += (long) pieceMib * MIB;
            now += TimeUnit.MILLISECONDS.toNanos(pieceMs);
            readAhead.closed(plan.cursor(), position, now);
        }
        return new Plan(plan.cursor(), 0, furthest, false);
    }

    private static long ahead(Plan plan) {
        return plan.to() - plan.from();
    }
}
