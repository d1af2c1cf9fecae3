package io.narrows.cli.report;

import io.narrows.cli.cost.AckLatency;
import io.narrows.cli.cost.Bill;
import io.narrows.cli.cost.CostReport;
import io.narrows.cli.cost.CostReport.Line;
import io.narrows.cli.cost.SystemKind;
import io.narrows.cli.cost.Usage;
import io.narrows.cli.report.Table.Column;
import io.narrows.cli.report.Table.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All tables of a cost report, in the order in which they are shown; empty ones are left out. Stateless. */
final class ReportTables {

    private final CostReport report;

    ReportTables(CostReport report) {
        this.report = report;
    }

    List<Table> all() {
        TrafficTables traffic = new TrafficTables(report);
        StoreTables store = new StoreTables(report);
        List<Table> tables = new ArrayList<>(List.of(
                bills(),
                savings(),
                traffic.zonePairs(),
                traffic.kinds(),
                traffic.paths(),
                traffic.names("topics", "Topics", report.measurement().details().topics()),
                traffic.names(
                        "clients", "Client ids", report.measurement().details().clients()),
                store.requests(),
                store.objectSizes(),
                latencies(),
                store.breakEven(),
                store.storage(),
                store.prices()));
        tables.removeIf(table -> table.rows().isEmpty());
        return tables;
    }

    private Table bills() {
        Rows rows = new Rows();
        for (Line line : report.lines()) {
            Usage usage = line.usage();
            Bill perTb = line.perTb();
            rows.add(
                    usage.system().label(),
                    usage.basis().label(),
                    usage.producedBytes(),
                    usage.crossBytes(),
                    usage.crossShare(),
                    line.bill().totalDollars(),
                    perTb.transferDollars(),
                    perTb.requestDollars(),
                    perTb.feeDollars(),
                    perTb.natDollars(),
                    perTb.totalDollars(),
                    month(perTb.totalDollars()));
        }
        List<Column> columns = new ArrayList<>(List.of(
                new Column("system", "System", Unit.TEXT),
                new Column("basis", "Figures", Unit.TEXT),
                new Column("produced_bytes", "Produced", Unit.BYTES),
                new Column("cross_zone_bytes", "Between zones", Unit.BYTES),
                new Column("cross_zone_per_produced", "Per byte produced", Unit.RATIO),
                new Column("dollars", "Bill as measured", Unit.DOLLARS),
                new Column("transfer_dollars_per_tb", "Transfer / TB", Unit.DOLLARS),
                new Column("request_dollars_per_tb", "Requests / TB", Unit.DOLLARS),
                new Column("fee_dollars_per_tb", "Fees / TB", Unit.DOLLARS),
                new Column("nat_dollars_per_tb", "NAT / TB", Unit.DOLLARS),
                new Column("dollars_per_tb", "Total / TB", Unit.DOLLARS),
                new Column("dollars_per_month", "A month", Unit.DOLLARS)));
        return withoutEmptyMonth(new Table(
                "bills",
                "What it costs",
                "Dollars per TB (10^12 bytes) produced, without machines, disks and stored bytes.",
                columns,
                rows.all()));
    }

    private Table savings() {
        Rows rows = new Rows();
        for (CostReport.Saving saving : report.savings()) {
            rows.add(saving.by(), saving.dollarsPerTb(), month(saving.dollarsPerTb()));
        }
        return withoutEmptyMonth(new Table(
                "savings",
                "Savings by cause",
                "Negative values are additional cost.",
                List.of(
                        new Column("by", "By", Unit.TEXT),
                        new Column("dollars_per_tb", "Saved / TB", Unit.DOLLARS),
                        new Column("dollars_per_month", "A month", Unit.DOLLARS)),
                rows.all()));
    }

    private @Nullable Object month(double dollarsPerTb) {
        return report.perMonth(dollarsPerTb).orElse(null);
    }

    private Table withoutEmptyMonth(Table table) {
        if (report.perMonth(1).isPresent()) {
            return table;
        }
        int last = table.columns().size() - 1;
        List<List<@Nullable Object>> rows = new ArrayList<>();
        table.rows().forEach(row -> rows.add(row.subList(0, last)));
        return new Table(
                table.id(), table.title(), table.note(), table.columns().subList(0, last), rows);
    }

    private Table latencies() {
        Rows rows = new Rows();
        List<AckLatency> latencies = report.measurement().details().latencies();
        Optional<AckLatency> base = latencies.stream()
                .filter(one -> one.what().equals(SystemKind.STOCK_RACK.label())
                        || one.what().endsWith("local")
                        || one.what().endsWith("direct"))
                .findFirst();
        Optional<Double> saved = report.savings().stream()
                .skip(1)
                .map(CostReport.Saving::dollarsPerTb)
                .findFirst();
        for (AckLatency one : latencies) {
            boolean saves =
                    one.what().equals(SystemKind.NARROWS.label()) || one.what().contains("staged");
            rows.add(
                    one.what(),
                    one.p50Ms(),
                    one.p99Ms(),
                    base.map(b -> one.p50Ms() - b.p50Ms()).orElse(null),
                    base.map(b -> one.p99Ms() - b.p99Ms()).orElse(null),
                    saves ? saved.orElse(null) : null);
        }
        return new Table(
                "latencies",
                "Acknowledgement latency and savings",
                base.map(b -> "Added: compared with " + b.what() + ".").orElse("There is nothing to compare with."),
                List.of(
                        new Column("what", "What", Unit.TEXT),
                        new Column("p50_ms", "p50", Unit.MILLIS),
                        new Column("p99_ms", "p99", Unit.MILLIS),
                        new Column("added_p50_ms", "Added p50", Unit.MILLIS),
                        new Column("added_p99_ms", "Added p99", Unit.MILLIS),
                        new Column("saved_dollars_per_tb", "Narrows saves / TB", Unit.DOLLARS)),
                rows.all());
    }
}
