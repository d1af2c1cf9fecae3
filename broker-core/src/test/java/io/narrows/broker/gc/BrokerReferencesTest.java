package io.narrows.broker.gc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.broker.gc.BrokerReferences.Claim;
import io.narrows.broker.gc.collector.Floors;
import io.narrows.broker.gc.collector.MalformedGcObjectException;
import io.narrows.broker.gc.collector.ReferenceCodec;
import io.narrows.broker.gc.collector.SequenceSet;
import io.narrows.broker.gc.collector.WriterIncarnation;
import io.narrows.relay.pointer.WalObjectId;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class BrokerReferencesTest {
    private static final long HOLD_MS = 1000;
    private static final WriterIncarnation WRITER = new WriterIncarnation("proxy-a", 7);

    private long nowMs;
    private final BrokerReferences references =
            new BrokerReferences(() -> TimeUnit.MILLISECONDS.toNanos(nowMs), HOLD_MS);

    @Test
    void noLinkIsMadeBeforeTheFloorsAreKnown() {
        try (Claim claim = references.claim(object(5))) {
            assertThat(claim.isGranted()).isFalse();
            references.raise(Floors.NONE);
            assertThat(claim.isGranted()).isTrue();
        }
    }

    @Test
    void aClaimIsInTheAccountUntilItIsClosed() {
        references.raise(Floors.NONE);
        Claim claim = references.claim(object(5));
        assertThat(refersTo(5)).isTrue();
        claim.close();
        assertThat(refersTo(5)).isFalse();
    }

    @Test
    void belowTheFloorNoLinkIsMadeAndFloorsOnlyRise() {
        references.raise(floor(6));
        references.raise(floor(3));
        assertThat(isGranted(5)).isFalse();
        assertThat(isGranted(6)).isTrue();
    }

    @Test
    void aFloorIsForgottenAWeekOrTwoAfterItWasRaised() {
        references.raise(floor(6));
        for (int day = 1; day <= 14; day++) {
            assertThat(isGranted(5)).isFalse();
            nowMs = TimeUnit.DAYS.toMillis(day);
            references.raise(Floors.NONE);
        }
        assertThat(isGranted(5)).isTrue();
    }

    @Test
    void aDroppedSegmentIsRememberedForTheHold() {
        LogReferences log = references.open("t-0");
        log.add(0, object(1));
        log.add(10, object(2));
        log.drop(0);
        nowMs = HOLD_MS;
        assertThat(refersTo(1)).isTrue();
        nowMs = HOLD_MS + 1;
        assertThat(refersTo(1)).isFalse();
        assertThat(refersTo(2)).isTrue();
    }

    @Test
    void whatGoesLaterIsRememberedLonger() {
        LogReferences log = references.open("t-0");
        log.add(0, object(1));
        log.add(10, object(2));
        log.drop(0);
        nowMs = HOLD_MS / 2;
        log.drop(10);
        nowMs = HOLD_MS + 1;
        assertThat(refersTo(1)).isFalse();
        assertThat(refersTo(2)).isTrue();
    }

    @Test
    void aClosedLogIsRememberedToo() {
        LogReferences log = references.open("t-0");
        log.add(0, object(1));
        references.close(log);
        assertThat(refersTo(1)).isTrue();
        assertThat(references.account().byIncarnation().get(WRITER).holder()).isEqualTo("t-0");
        nowMs = HOLD_MS + 1;
        assertThat(references.account().byIncarnation()).isEmpty();
    }

    /** The sparse topic that kept 89 % of the objects of a week: one link in 600 objects. */
    @Test
    void aSparseTopicKeepsExactlyWhatItsLinksName() {
        LogReferences log = references.open("audit-0");
        Random random = new Random(1);
        Set<Long> named = new TreeSet<>();
        for (long link = 0; link < 7 * 144; link++) {
            long sequence = 600 * link + random.nextInt(600);
            named.add(sequence);
            log.add(link / 100, object(sequence));
        }
        SequenceSet kept = references.account().byIncarnation().get(WRITER).sequences();
        assertThat(kept.size()).isEqualTo(named.size());
        assertThat(named).allMatch(kept::contains);
    }

    @Test
    void aClosedSegmentIsRestoredFromItsBytes() {
        LogReferences log = references.open("t-0");
        log.add(0, object(1));
        log.add(0, object(1000));
        log.add(10, object(7));
        byte[] closed = log.encoded(0);
        LogReferences again = references.open("t-1");
        references.close(log);
        nowMs = HOLD_MS + 1;
        assertThat(refersTo(1)).isFalse();

        again.restore(0, closed);
        assertThat(refersTo(1)).isTrue();
        assertThat(refersTo(1000)).isTrue();
        assertThat(refersTo(7)).isFalse();
        again.drop(0);
        nowMs += HOLD_MS + 1;
        assertThat(refersTo(1000)).isFalse();
    }

    @Test
    void damagedBytesChangeNothing() {
        LogReferences log = references.open("t-0");
        log.add(0, object(1));
        byte[] damaged = log.encoded(0).clone();
        damaged[damaged.length - 1] ^= 1;
        assertThatThrownBy(() -> log.restore(0, damaged)).isInstanceOf(MalformedGcObjectException.class);
        assertThat(log.encoded(0)).isNotEqualTo(damaged);
        assertThat(refersTo(1)).isTrue();
    }

    @Test
    void aLinkAfterTheBytesWereTakenIsInThemNextTime() {
        LogReferences log = references.open("t-0");
        log.add(0, object(1));
        log.add(10, object(2));
        byte[] before = log.encoded(0);
        log.add(0, object(3));
        assertThat(ReferenceCodec.objects(before)).isEqualTo(1);
        assertThat(ReferenceCodec.objects(log.encoded(0))).isEqualTo(2);
    }

    private boolean refersTo(long sequence) {
        return references.account().refersTo(object(sequence));
    }

    private boolean isGranted(long sequence) {
        try (Claim claim = references.claim(object(sequence))) {
            return claim.isGranted();
        }
    }

    private static Floors floor(long sequence) {
        return Floors.of(Map.of(WRITER, new Floors.Floor(sequence, 0)));
    }

    private static WalObjectId object(long sequence) {
        return WRITER.object(sequence);
    }
}
