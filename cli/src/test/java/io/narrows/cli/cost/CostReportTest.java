package io.narrows.cli.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.narrows.cli.cost.CostReport.Projection;
import io.narrows.cli.cost.Measurement.Details;
import io.narrows.cli.cost.Measurement.Origin;
import io.narrows.cli.cost.ObjectSizes.Bucket;
import io.narrows.cli.cost.ZoneFlow.Kind;
import io.narrows.relay.price.PriceBooks;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Three zones, replication factor 3, one group of readers, 900 GB produced evenly: worked out by hand. */
final class CostReportTest {
    private static final long GB = 1_000_000_000L;
    private static final long PRODUCED = 900 * GB;

    /** Two of three producers have their leader elsewhere; two followers; two of three readers. */
    private static final Usage STOCK = stock(SystemKind.STOCK, 600 * GB);

    private static final Usage RACK = stock(SystemKind.STOCK_RACK, 0);

    private static Usage stock(SystemKind system, long consume) {
        return new Usage(
                system,
                Basis.COMPUTED,
                PRODUCED,
                List.of(
                        ZoneFlow.between(Kind.PRODUCE, 600 * GB),
                        ZoneFlow.between(Kind.REPLICATION, 1800 * GB),
                        ZoneFlow.between(Kind.CONSUME, consume),
                        new ZoneFlow(Kind.METADATA, "a", "a", 5 * GB)),
                StoreUse.NONE);
    }

    /** Objects of 4 MB, each fetched by four; one percent crosses. */
    private static Usage narrows(long puts, long gets) {
        return new Usage(
                SystemKind.NARROWS,
                Basis.MEASURED,
                PRODUCED,
                List.of(new ZoneFlow(Kind.RELAY, "a", "b", 4 * GB), new ZoneFlow(Kind.REPLICATION, "b", "c", 5 * GB)),
                new StoreUse(puts, gets, 0, 0, 7, PRODUCED, 3 * PRODUCED, 0, 0));
    }

    private static CostReport report(String prices, StoreRoute route, Usage narrows) {
        return new CostReport(
                new Measurement(new Origin("test", 1000, List.of()), List.of(STOCK, RACK, narrows), Details.none()),
                PriceBooks.load(prices),
                route,
                Projection.MONTH);
    }

    @Test
    void billsAreWhatAHandWorksOut() {
        CostReport report = report("aws-us-east-1", StoreRoute.ENDPOINT, narrows(225_000, 900_000));

        CostReport.Line stock = report.line(SystemKind.STOCK).orElseThrow();
        CostReport.Line rack = report.line(SystemKind.STOCK_RACK).orElseThrow();
        CostReport.Line narrows = report.line(SystemKind.NARROWS).orElseThrow();

        assertThat(stock.bill().totalDollars()).isCloseTo(60, within(1e-9));
        assertThat(stock.perTb().totalDollars()).isCloseTo(66.6667, within(1e-3));
        assertThat(rack.perTb().totalDollars()).isCloseTo(53.3333, within(1e-3));
        assertThat(narrows.bill().transferDollars()).isCloseTo(0.18, within(1e-9));
        assertThat(narrows.bill().requestDollars()).isCloseTo(1.125 + 0.36, within(1e-9));
        assertThat(narrows.bill().feeDollars()).isZero();
        assertThat(narrows.perTb().totalDollars()).isCloseTo(1.665 / 0.9, within(1e-9));
    }

    @Test
    void whatRackAwareFetchSavesIsNotNarrowsMerit() {
        CostReport report = report("aws-us-east-1", StoreRoute.ENDPOINT, narrows(225_000, 900_000));
        List<CostReport.Saving> savings = report.savings();
        assertThat(savings.get(0).dollarsPerTb()).isCloseTo(13.3333, within(1e-3));
        assertThat(savings.get(1).dollarsPerTb()).isCloseTo(53.3333 - 1.85, within(1e-3));
        assertThat(report.advice()).contains("saves $51.48 per TB", "97 %");
    }

    @Test
    void negativeSavingsAreShownWithTheAdviceToStayDirect() {
        CostReport report = report("aws-us-east-1", StoreRoute.ENDPOINT, narrows(20_000_000, 80_000_000));
        assertThat(report.savings().get(1).dollarsPerTb()).isNegative();
        assertThat(report.advice()).contains("costs $93.53 more per TB", "stay direct", "107 KiB");
    }

    @Test
    void whereZonesAreFreeTheAdviceIsToStayDirect() {
        CostReport report = report("azure", StoreRoute.ENDPOINT, narrows(225_000, 900_000));
        assertThat(report.line(SystemKind.STOCK).orElseThrow().bill().totalDollars())
                .isZero();
        assertThat(report.advice()).contains("use path.mode=direct");
    }

    @Test
    void expressChargesEveryByteAndNatEveryByteBothWays() {
        CostReport report = report("aws-us-east-1:express", StoreRoute.NAT, narrows(225_000, 900_000));
        Bill bill = report.line(SystemKind.NARROWS).orElseThrow().bill();
        double gib = 1L << 30;
        assertThat(bill.feeDollars()).isCloseTo(PRODUCED / gib * (0.0032 + 3 * 0.0006), within(1e-9));
        assertThat(bill.natDollars()).isCloseTo(3600 * 0.045, within(1e-9));
    }

    @Test
    void aMonthIsTheRateTimes730HoursAndOnlyWhenAsked() {
        CostReport asked = report("aws-us-east-1", StoreRoute.ENDPOINT, narrows(225_000, 900_000));
        CostReport not = new CostReport(asked.measurement(), asked.prices(), asked.route(), Projection.NONE);
        // 0.9 TB in 1000 s
        assertThat(asked.perMonth(10)).hasValueSatisfying(d -> assertThat(d).isCloseTo(10 * 0.9 * 2628, within(1e-6)));
        assertThat(not.perMonth(10)).isEmpty();
    }

    @Test
    void sharesOfTopicsAddUpToTheBill() {
        Bill bill = new Bill(2, 3, 0.5, 0.25);
        PathBytes a = new PathBytes(10, 60, 0);
        PathBytes b = new PathBytes(0, 20, 10);
        PathBytes total = a.plus(b);
        assertThat(CostReport.share(bill, a, total) + CostReport.share(bill, b, total))
                .isCloseTo(bill.totalDollars(), within(1e-12));
        assertThat(CostReport.share(bill, a, total)).isCloseTo(2 * 0.7 + 3.75 * 0.75, within(1e-12));
    }

    @Test
    void objectsBelowBreakEvenAreCountedWithAPartOfTheirBucket() {
        ObjectSizes sizes = new ObjectSizes(
                List.of(new Bucket(100, 10), new Bucket(200, 20), new Bucket(400, 0), new Bucket(Long.MAX_VALUE, 10)));
        assertThat(sizes.shareBelow(100)).isEqualTo(0.25);
        assertThat(sizes.shareBelow(150)).isEqualTo(0.5);
        assertThat(sizes.shareBelow(1_000_000)).isEqualTo(0.75);
        assertThat(new ObjectSizes(List.of()).shareBelow(5)).isZero();
    }
}
