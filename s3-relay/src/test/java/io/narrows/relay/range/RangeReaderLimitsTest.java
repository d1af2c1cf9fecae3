package io.narrows.relay.range;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.price.PriceBook;
import io.narrows.relay.range.RangeReaderLimits.Coalescing;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;

class RangeReaderLimitsTest {
    @Test
    void gapsCostNothingWhereOnlyRequestsHaveAPrice() {
        Coalescing coalescing = Coalescing.at(book(0.0004, 0));

        assertThat(coalescing.maxGapBytes()).isEqualTo(1 << 20);
    }

    @Test
    void aGapCostsNoMoreThanTheRequestItSavesWhereBytesHaveAPrice() {
        PriceBook fees = book(0.00003, 0.0006);

        Coalescing coalescing = Coalescing.at(fees);

        assertThat(coalescing.maxGapBytes()).isEqualTo(50_000);
        assertThat(coalescing.maxGapBytes() * fees.retrievalPerByte()).isLessThanOrEqualTo(fees.perGet() * 1.000001);
    }

    @Test
    void freeRequestsAndDearBytesLeaveNoGap() {
        assertThat(Coalescing.at(book(0, 0.0006)).maxGapBytes()).isZero();
    }

    private static PriceBook book(double getPer1000, double retrievalPerGb) {
        return new PriceBook(
                "test",
                LocalDate.of(2026, 1, 1),
                "none",
                new PriceBook.Transfer(0.01, 0.01, 0),
                new PriceBook.Store(0.005, getPer1000, 0.005, 0.023, 0, retrievalPerGb));
    }
}
