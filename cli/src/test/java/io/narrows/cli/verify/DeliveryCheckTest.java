package io.narrows.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.cli.verify.RecordStamp.Slab;
import io.narrows.cli.verify.RecordStamp.Stamp;
import org.junit.jupiter.api.Test;

final class DeliveryCheckTest {
    private static final int SIZE = 100;

    private final Slab slab = Slab.of(7, Payload.RANDOM, SIZE);
    private final Ledger ledger = new Ledger(2, 2);
    private final DeliveryCheck check = new DeliveryCheck(ledger, slab);
    private long offset;

    @Test
    void recordsInOrderAreClean() {
        for (int i = 0; i < 100; i++) {
            deliver(acknowledged(i % 2, 1));
        }
        assertThat(check.verdict()).isEqualTo(new Verdict(100, 0, 0, 0, 0, 0, 0, 0));
        assertThat(check.verdict().isClean()).isTrue();
    }

    @Test
    void anAcknowledgedRecordThatIsNeverReadIsLost() {
        deliver(acknowledged(0, 0));
        acknowledged(0, 0);
        deliver(acknowledged(0, 0));
        acknowledged(0, 0);
        assertThat(check.verdict().lost()).isEqualTo(2);
    }

    @Test
    void aRecordOfUnknownOutcomeMayBeThereOrNot() {
        Stamp absent = ledger.next(0, 0);
        Stamp present = ledger.next(0, 0);
        ledger.uncertain(absent);
        ledger.uncertain(present);
        deliver(present);
        assertThat(check.verdict().isClean()).isTrue();
    }

    @Test
    void aRecordAtTwoOffsetsIsDuplicated() {
        Stamp stamp = acknowledged(0, 0);
        deliver(stamp);
        deliver(stamp);
        assertThat(check.verdict().duplicated()).isEqualTo(1);
    }

    @Test
    void anOffsetReadAgainIsRedeliveredAndNoError() {
        byte[] value = RecordStamp.build(slab, acknowledged(0, 0), SIZE);
        check.observe(0, 0, value);
        check.observe(0, 0, value);
        assertThat(check.verdict().redelivered()).isEqualTo(1);
        assertThat(check.verdict().isClean()).isTrue();
    }

    @Test
    void anEarlierRecordAfterALaterOneIsMisorderedAndNotLost() {
        Stamp first = acknowledged(0, 0);
        deliver(acknowledged(0, 0));
        deliver(first);
        assertThat(check.verdict()).isEqualTo(new Verdict(2, 0, 0, 1, 0, 0, 0, 0));
    }

    @Test
    void oneChangedByteIsSeen() {
        byte[] value = RecordStamp.build(slab, acknowledged(0, 0), SIZE);
        value[SIZE - 1] ^= 1;
        check.observe(0, 0, value);
        assertThat(check.verdict().corrupt()).isEqualTo(1);
    }

    @Test
    void aRecordInTheWrongPartitionIsCorrupt() {
        check.observe(1, 0, RecordStamp.build(slab, acknowledged(0, 0), SIZE));
        assertThat(check.verdict().corrupt()).isEqualTo(1);
    }

    @Test
    void aRecordOfAnAbortedTransactionMustNotBeSeen() {
        Stamp aborted = ledger.next(0, 0);
        ledger.aborted(aborted);
        assertThat(check.verdict().isClean()).isTrue();
        deliver(aborted);
        assertThat(check.verdict().abortedSeen()).isEqualTo(1);
    }

    @Test
    void whatIsNotOfThisRunIsForeign() {
        check.observe(0, 0, new byte[0]);
        check.observe(0, 1, null);
        check.observe(0, 2, RecordStamp.build(Slab.of(8, Payload.TEXT, SIZE), new Stamp(0, 0, 0), SIZE));
        assertThat(check.verdict().foreign()).isEqualTo(3);
    }

    private Stamp acknowledged(int producer, int partition) {
        Stamp stamp = ledger.next(producer, partition);
        ledger.acknowledged(stamp);
        return stamp;
    }

    private void deliver(Stamp stamp) {
        check.observe(stamp.partition(), offset++, RecordStamp.build(slab, stamp, SIZE));
    }
}
