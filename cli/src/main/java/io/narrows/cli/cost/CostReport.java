package io.narrows.cli.cost;

import io.narrows.relay.price.BreakEven;
import io.narrows.relay.price.PriceBook;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A measurement with its prices: bills, savings by cause, and advice. Immutable. */
public record CostReport(Measurement measurement, PriceBook prices, StoreRoute route, Projection projection) {
    private static final double HOURS_PER_MONTH = 730;

    /** Whether rates are extrapolated. */
    public enum Projection {
        NONE,
        /** To 730 hours at the measured rate. */
        MONTH
    }

    /** Usage and bill of one system. */
    public record Line(Usage usage, Bill bill) {
        public Bill perTb() {
            return bill.perTb(usage.producedBytes());
        }
    }

    /**
     * Dollars per TB produced that one step saves; negative when it costs more.
     *
     * @param by what saves it
     */
    public record Saving(String by, double dollarsPerTb) {}

    public List<Line> lines() {
        return measurement.systems().stream().map(this::line).toList();
    }

    private Line line(Usage usage) {
        return new Line(usage, Bill.of(prices, route, usage));
    }

    public Optional<Line> line(SystemKind system) {
        return measurement.usage(system).map(this::line);
    }

    /** Rack-aware fetching first: what it saves is not Narrows' merit. */
    public List<Saving> savings() {
        Optional<Line> stock = line(SystemKind.STOCK);
        Optional<Line> rackAware = line(SystemKind.STOCK_RACK);
        Optional<Line> narrows = line(SystemKind.NARROWS);
        if (stock.isEmpty() || rackAware.isEmpty()) {
            return List.of();
        }
        Saving byRack = new Saving("rack-aware fetch of stock Kafka", perTb(stock) - perTb(rackAware));
        return narrows.isEmpty()
                ? List.of(byRack)
                : List.of(byRack, new Saving("Narrows on top of it", perTb(rackAware) - perTb(narrows)));
    }

    private static double perTb(Optional<Line> line) {
        return line.orElseThrow().perTb().totalDollars();
    }

    /** What the figures say, in one or two sentences. */
    public String advice() {
        Optional<Line> rackAware = line(SystemKind.STOCK_RACK).or(() -> line(SystemKind.STOCK));
        Optional<Line> narrows = line(SystemKind.NARROWS);
        if (prices.zonesAreFree()) {
            return "Transfer between zones is free in this region: use path.mode=direct. Narrows saves no money"
                    + " here.";
        }
        if (rackAware.isEmpty() || narrows.isEmpty()) {
            return "This source contains no stock Kafka to compare Narrows with.";
        }
        double saved = perTb(rackAware) - perTb(narrows);
        if (saved <= 0) {
            return String.format(
                    Locale.ROOT,
                    "Narrows costs $%.2f more per TB produced than stock Kafka with rack-aware fetch at this load: stay"
                            + " direct (path.mode=direct), or give it more bytes per object (wal.linger.ms). Break-even"
                            + " is at objects of %,d KiB.",
                    -saved,
                    breakEven(replicaHops() + 1).bytes(replicaHops() + 1) / 1024);
        }
        return String.format(
                Locale.ROOT,
                "Narrows saves $%.2f per TB produced, %.0f %% of the cost of stock Kafka with rack-aware fetch.",
                saved,
                100 * saved / perTb(rackAware));
    }

    private int replicaHops() {
        return Math.max(0, measurement.details().topology().replicaZones() - 1);
    }

    /**
     * Break-even for batches that save so many transfers each: with one more than replicas have, the object comes from
     * a proxy and leaders in all other zones fetch from it; otherwise a leader stages what it got in its own zone.
     */
    public BreakEven breakEven(int hops) {
        boolean fromProxy = hops > replicaHops();
        int leaders = fromProxy ? Math.max(1, measurement.details().topology().zones() - 1) : 0;
        int readingZones = replicaHops();
        return new BreakEven(prices, leaders + readingZones, (fromProxy ? 1 : 0) + readingZones);
    }

    /** Dollars a month at the measured rate, from dollars per TB produced; empty unless asked for and known. */
    public Optional<Double> perMonth(double dollarsPerTb) {
        return bytesPerMonth().map(bytes -> dollarsPerTb * bytes / 1e12);
    }

    private Optional<Double> bytesPerMonth() {
        double seconds = measurement.origin().seconds();
        if (projection == Projection.NONE || seconds <= 0) {
            return Optional.empty();
        }
        return measurement
                .usage(SystemKind.NARROWS)
                .or(() -> measurement.usage(SystemKind.STOCK))
                .map(usage -> usage.producedBytes() / seconds * HOURS_PER_MONTH * 3600);
    }

    /**
     * A topic's or client's share of a bill: requests, fees and NAT by staged bytes, transfer by produced bytes, so that
     * the shares add up to the bill when {@code total} is the sum over all of them.
     */
    public static double share(Bill bill, PathBytes part, PathBytes total) {
        double byBytes = ratio(part.total(), total.total());
        double byStaged = total.staged() == 0 ? byBytes : ratio(part.staged(), total.staged());
        return bill.transferDollars() * byBytes
                + (bill.requestDollars() + bill.feeDollars() + bill.natDollars()) * byStaged;
    }

    private static double ratio(long part, long total) {
        return total == 0 ? 0 : (double) part / total;
    }
}
