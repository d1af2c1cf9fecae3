package io.narrows.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.cli.verify.RecordStamp.Slab;
import io.narrows.cli.verify.RecordStamp.Stamp;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LedgerTest {
    @Test
    void aReaderElsewhereJudgesByWhatTheProducersProcessExported() {
        Slab slab = Slab.of(7, Payload.RANDOM, 64);
        Ledger sender = new Ledger(2, 2);
        Ledger reader = new Ledger(2, 2);
        DeliveryCheck check = new DeliveryCheck(reader, slab);
        Stamp first = sender.next(1, 0);
        Stamp unknownOutcome = sender.next(1, 0);
        Stamp neverRead = sender.next(1, 0);
        sender.acknowledged(first);
        sender.uncertain(unknownOutcome);
        sender.acknowledged(neverRead);
        check.observe(0, 0, RecordStamp.build(slab, first, 64));

        reader.restore(sender.export(1, 2));

        assertThat(reader.sums(0, 1).sent()).isZero();
        assertThat(reader.sums(1, 2)).isEqualTo(new Ledger.Sums(3, 2, 1));
        assertThat(check.verdict(List.of(0)).lost()).isEqualTo(1);
        assertThat(check.verdict(List.of(1)).lost()).isZero();
    }
}
