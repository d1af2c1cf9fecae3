package io.narrows.broker.gc;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.gc.BrokerReferences.Claim;
import io.narrows.relay.gc.Floors;
import io.narrows.relay.gc.WriterIncarnation;
import io.narrows.relay.pointer.WalObjectId;
import java.util.Map;
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
            references.raise(Floors.NONE, 0);
            assertThat(claim.isGranted()).isTrue();
        }
    }

    @Test
    void aClaimIsInTheAccountUntilItIsClosed() {
        references.raise(Floors.NONE, 0);
        Claim claim = references.claim(object(5));
        assertThat(refersTo(5)).isTrue();
        claim.close();
        assertThat(refersTo(5)).isFalse();
    }

    @Test
    void belowTheFloorNoLinkIsMadeAndFloorsOnlyRise() {
        references.raise(floor(6), 0);
        references.raise(floor(3), 0);
        assertThat(isGranted(5)).isFalse();
        assertThat(isGranted(6)).isTrue();
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

    @Test
    void manyScatteredReferencesCostBoundedMemoryAndSayTooMuch() {
        LogReferences log = references.open("t-0");
        for (long sequence = 0; sequence < 1000; sequence++) {
            log.add(0, object(3 * sequence));
        }
        assertThat(references.account().byIncarnation().get(WRITER).ranges().ranges())
                .isLessThanOrEqualTo(64);
        for (long sequence = 0; sequence < 1000; sequence++) {
            assertThat(refersTo(3 * sequence)).isTrue();
        }
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
