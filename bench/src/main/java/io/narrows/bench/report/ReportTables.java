package io.narrows.bench.report;

import io.narrows.bench.cost.AckLatency;
import io.narrows.bench.cost.Attribution;
import io.narrows.bench.cost.Bill;
import io.narrows.bench.cost.CostReport;
import io.narrows.bench.cost.CostReport.Line;
import io.narrows.bench.cost.ObjectSizes;
import io.narrows.bench.cost.PathBytes;
import io.narrows.bench.cost.StoreRoute;
import io.narrows.bench.cost.StoreUse;
import io.narrows.bench.cost.SystemKind;
import io.narrows.bench.cost.Usage;
import io.narrows.bench.cost.ZoneFlow;
import io.narrows.bench.report.Table.Column;
import io.narrows.bench.report.Table.Rows;
import io.narrows.relay.price.BreakEven;
import io.narrows.relay.price.PriceBook;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** All tables of a cost report, in the order in which they are shown; empty ones are left out. Stateless. */
final class ReportTables {
    private static final int MAX_NAMES = 50;
    private static final long[] LINGERS_MS = {40, 125, 250};

    private final CostReport report;

    ReportTables(CostReport report) {
        this.report = report;
    }

    List<Table> all() {
        List<Table> tables = new ArrayList<>(List.of(
                bills(),
                savings(),
                zonePairs(),
                kinds(),
                paths(),
                names("topics", "Topics", report.measurement().details().topics()),
                names("clients", "Client ids", report.measurement().details().clients()),
                requests(),
                objectSizes(),
                latencies(),
                breakEven(),
                storage(),
                prices()));
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
                "Dollars per TB (10^12 bytes) produced. Machines, disks and stored bytes are not in it.",
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
                "What is saved, and by whom",
                "Negative: it costs more.",
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

    private Table zonePairs() {
        List<Line> lines = report.lines().stream()
                .filter(line -> line.usage().knowsZones())
                .toList();
        Set<String> zones = new TreeSet<>();
        lines.forEach(line -> line.usage().flows().forEach(flow -> {
            zones.add(flow.from());
            zones.add(flow.to());
        }));
        Rows rows = new Rows();
        for (String from : zones) {
            for (String to : zones) {
                if (!from.equals(to)) {
                    rows.add(pair(lines, from, to).toArray());
                }
            }
        }
        List<Column> columns = new ArrayList<>(
                List.of(new Column("from_zone", "From", Unit.TEXT), new Column("to_zone", "To", Unit.TEXT)));
        for (Line line : lines) {
            String name = line.usage().system().label();
            String id = id(line.usage().system());
            columns.add(new Column(id + "_bytes", name, Unit.BYTES));
            columns.add(new Column(id + "_dollars", "Transfer", Unit.DOLLARS));
        }
        return new Table(
                "zone_pairs",
                "Bytes between zones, by pair",
                "Both sides of a transfer are in its dollars. A system whose flows are not known by zone is left out.",
                columns,
                rows.all());
    }

    private List<Object> pair(List<Line> lines, String from, String to) {
        List<Object> row = new ArrayList<>(List.of(from, to));
        for (Line line : lines) {
            long bytes = line.usage().crossBytes(from, to);
            row.add(bytes);
            row.add(bytes * report.prices().transferPerByte());
        }
        return row;
    }

    private static String id(SystemKind system) {
        return system.name().toLowerCase(Locale.ROOT);
    }

    private Table kinds() {
        Rows rows = new Rows();
        List<Line> lines = report.lines();
        boolean toldApart = lines.stream().anyMatch(ReportTables::knowsKinds);
        for (ZoneFlow.Kind kind : ZoneFlow.Kind.values()) {
            List<@Nullable Object> row = new ArrayList<>(List.of(kindLabel(kind)));
            for (Line line : lines) {
                boolean known = knowsKinds(line) != (kind == ZoneFlow.Kind.ALL);
                row.add(known ? (Object) line.usage().crossBytes(kind) : null);
            }
            if (toldApart && lines.stream().anyMatch(line -> line.usage().crossBytes(kind) > 0)) {
                rows.add(row.toArray());
            }
        }
        List<Column> columns = new ArrayList<>(List.of(new Column("kind", "Carried by", Unit.TEXT)));
        lines.forEach(line -> columns.add(new Column(
                id(line.usage().system()) + "_bytes", line.usage().system().label(), Unit.BYTES)));
        return new Table("kinds", "Bytes between zones, by what carried them", "", columns, rows.all());
    }

    private static boolean knowsKinds(Line line) {
        return line.usage().flows().stream().noneMatch(flow -> flow.kind() == ZoneFlow.Kind.ALL);
    }

    private static String kindLabel(ZoneFlow.Kind kind) {
        return switch (kind) {
            case PRODUCE -> "producers to brokers";
            case RELAY -> "relay (proxies to leaders)";
            case REPLICATION -> "replication";
            case CONSUME -> "brokers to consumers";
            case METADATA -> "metadata and control";
            case ALL -> "all together";
        };
    }

    private Table paths() {
        PathBytes total = total(report.measurement().details().topics());
        Rows rows = new Rows();
        if (total.total() > 0) {
            path(rows, "local (leader in the producer's zone)", total.local(), total);
            path(rows, "staged (through the object store)", total.staged(), total);
            path(rows, "direct (bytes to another zone)", total.direct(), total);
        }
        return new Table(
                "paths",
                "Ways that produced bytes took in Narrows",
                "",
                List.of(
                        new Column("path", "Path", Unit.TEXT),
                        new Column("bytes", "Bytes", Unit.BYTES),
                        new Column("share", "Share", Unit.SHARE)),
                rows.all());
    }

    private static void path(Rows rows, String name, long bytes, PathBytes total) {
        rows.add(name, bytes, (double) bytes / total.total());
    }

    private static PathBytes total(List<Attribution> parts) {
        return parts.stream().map(Attribution::produced).reduce(PathBytes.NONE, PathBytes::plus);
    }

    /** The largest first; what is beyond the bound is added up in one row, so that the columns still add up. */
    private Table names(String id, String title, List<Attribution> all) {
        PathBytes total = total(all);
        Bill bill = report.line(SystemKind.NARROWS).map(Line::bill).orElse(new Bill(0, 0, 0, 0));
        List<Attribution> ordered = new ArrayList<>(all);
        ordered.sort(
                Comparator.comparingLong((Attribution part) -> part.produced().total())
                        .reversed()
                        .thenComparing(Attribution::name));
        Rows rows = new Rows();
        ordered.stream().limit(MAX_NAMES).forEach(part -> name(rows, part, total, bill));
        ordered.stream()
                .skip(MAX_NAMES)
                .reduce((a, b) -> new Attribution(
                        "all others", a.produced().plus(b.produced()), a.stock().plus(b.stock())))
                .ifPresent(rest -> name(rows, rest, total, bill));
        return new Table(
                id,
                title,
                "Requests, fees and NAT are shared out by staged bytes, Narrows' transfer by produced bytes.",
                List.of(
                        new Column("name", "Name", Unit.TEXT),
                        new Column("produced_bytes", "Produced", Unit.BYTES),
                        new Column("staged_share", "Staged", Unit.SHARE),
                        new Column("stock_dollars", "Stock as is", Unit.DOLLARS),
                        new Column("stock_rack_dollars", "Stock rack-aware", Unit.DOLLARS),
                        new Column("narrows_dollars", "Narrows", Unit.DOLLARS),
                        new Column("saved_dollars", "Saved by Narrows", Unit.DOLLARS)),
                rows.all());
    }

    private void name(Rows rows, Attribution part, PathBytes total, Bill bill) {
        double perByte = report.prices().transferPerByte();
        double rackAware = part.stock().rackAware() * perByte;
        double narrows = CostReport.share(bill, part.produced(), total);
        long produced = part.produced().total();
        rows.add(
                part.name(),
                produced,
                produced == 0 ? 0.0 : (double) part.produced().staged() / produced,
                part.stock().asIs() * perByte,
                rackAware,
                narrows,
                rackAware - narrows);
    }

    private Table requests() {
        Rows rows = new Rows();
        PriceBook prices = report.prices();
        for (Line line : report.lines()) {
            StoreUse store = line.usage().store();
            if (store.put() + store.get() > 0) {
                String system = line.usage().system().label();
                rows.add(system, "PUT", store.put(), store.putBytes(), store.put() * prices.perPut());
                rows.add(system, "GET", store.get(), store.gotBytes(), store.get() * prices.perGet());
                dataless(rows, system, "LIST", store.list(), prices.perList());
                dataless(rows, system, "HEAD", store.head(), prices.perGet());
                dataless(rows, system, "DELETE", store.delete(), 0);
                rows.add(system, "of these, retries", known(store.retries()), null, null);
                rows.add(system, "of these, hedges", known(store.hedges()), null, null);
            }
        }
        return new Table(
                "requests",
                "Requests to the object store",
                "Every attempt is billed, so retries and hedges are in the counts above them.",
                List.of(
                        new Column("system", "System", Unit.TEXT),
                        new Column("request", "Request", Unit.TEXT),
                        new Column("count", "Count", Unit.COUNT),
                        new Column("bytes", "Bytes", Unit.BYTES),
                        new Column("dollars", "Dollars", Unit.DOLLARS)),
                rows.all());
    }

    /** Requests that move no data are worth a line only where there were some. */
    private static void dataless(Rows rows, String system, String request, long count, double dollarsEach) {
        if (count > 0) {
            rows.add(system, request, count, null, count * dollarsEach);
        }
    }

    private static @Nullable Object known(long count) {
        return count == StoreUse.UNKNOWN ? null : (Object) count;
    }

    private Table objectSizes() {
        ObjectSizes sizes = report.measurement().details().objectSizes();
        Rows rows = new Rows();
        long breakEven = staging().bytes(hops());
        double below = sizes == null ? 0 : sizes.shareBelow(breakEven);
        if (sizes != null && sizes.count() > 0) {
            for (ObjectSizes.Bucket bucket : sizes.buckets()) {
                Object upTo = bucket.upToBytes() == Long.MAX_VALUE
                        ? "larger"
                        : "up to " + Unit.OBJECT_BYTES.format(bucket.upToBytes());
                rows.add(upTo, bucket.count(), (double) bucket.count() / sizes.count());
            }
        }
        return new Table(
                "object_sizes",
                "Sizes of WAL objects",
                String.format(
                        Locale.ROOT,
                        "%s of the objects are below break-even (%s).",
                        Unit.SHARE.format(below),
                        Unit.OBJECT_BYTES.format(breakEven)),
                List.of(
                        new Column("size", "Size", Unit.TEXT),
                        new Column("count", "Objects", Unit.COUNT),
                        new Column("share", "Share", Unit.SHARE)),
                rows.all());
    }

    private int hops() {
        return report.measurement().details().topology().replicaZones();
    }

    private BreakEven staging() {
        return report.breakEven(hops());
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
                "Acknowledgement latency, beside what it saves",
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

    private Table breakEven() {
        Rows rows = new Rows();
        for (int hops = Math.max(1, hops() - 1); hops <= hops(); hops++) {
            BreakEven breakEven = report.breakEven(hops);
            long bytes = breakEven.bytes(hops);
            List<Object> row = new ArrayList<>(List.of(
                    hops == hops() ? "a proxy, for leaders elsewhere" : "a leader, for its own zone",
                    (long) hops,
                    (long) breakEven.gets(),
                    orNever(bytes, bytes)));
            for (long lingerMs : LINGERS_MS) {
                row.add(orNever(bytes, bytes * 1000.0 / lingerMs));
            }
            rows.add(row.toArray());
        }
        List<Column> columns = new ArrayList<>(List.of(
                new Column("writer", "Written by", Unit.TEXT),
                new Column("hops", "Transfers saved per byte", Unit.COUNT),
                new Column("gets", "GETs per object", Unit.COUNT),
                new Column("object_bytes", "Break-even object", Unit.OBJECT_BYTES)));
        for (long lingerMs : LINGERS_MS) {
            columns.add(new Column(
                    "bytes_per_second_at_" + lingerMs + "_ms",
                    "Break-even rate at " + lingerMs + " ms",
                    Unit.BYTES_PER_SECOND));
        }
        return new Table(
                "break_even",
                "From where on staging pays",
                "The rate is that of all producers of one zone together, at that flush.linger.ms.",
                columns,
                rows.all());
    }

    private static Object orNever(long bytes, Object value) {
        return bytes == BreakEven.NEVER ? "never" : value;
    }

    private Table storage() {
        Rows rows = new Rows();
        for (Line line : report.lines()) {
            Usage usage = line.usage();
            if (usage.store().putBytes() > 0 && usage.producedBytes() > 0) {
                double perProduced = (double) usage.store().putBytes() / usage.producedBytes();
                rows.add(
                        usage.system().label(),
                        usage.store().putBytes(),
                        perProduced,
                        perProduced * 1e12 * report.prices().storagePerByteMonth());
            }
        }
        return new Table(
                "storage",
                "Storage in the object store",
                "Not in the bills above: it depends on retention. Brokers' disks have no price here.",
                List.of(
                        new Column("system", "System", Unit.TEXT),
                        new Column("written_bytes", "Written", Unit.BYTES),
                        new Column("written_per_produced", "Per byte produced", Unit.RATIO),
                        new Column("dollars_per_tb_month", "Keeping a produced TB for a month", Unit.DOLLARS)),
                rows.all());
    }

    private Table prices() {
        PriceBook book = report.prices();
        Rows rows = new Rows();
        rows.add("transfer between zones, sender's side", "GB", book.transfer().outPerGb());
        rows.add(
                "transfer between zones, receiver's side", "GB", book.transfer().inPerGb());
        rows.add(
                "NAT gateway" + (report.route() == StoreRoute.NAT ? "" : " (not on the way)"),
                "GB",
                book.transfer().natPerGb());
        rows.add("PUT", "1000", book.store().putPer1000());
        rows.add("GET", "1000", book.store().getPer1000());
        rows.add("LIST", "1000", book.store().listPer1000());
        rows.add("upload fee", "GB", book.store().uploadPerGb());
        rows.add("retrieval fee", "GB", book.store().retrievalPerGb());
        rows.add("storage", "GB and month", book.store().storagePerGbMonth());
        return new Table(
                "prices",
                "Prices: " + book.name() + " as of " + book.asOf(),
                "GB is 10^9 bytes; what is sold by the GiB is converted. From " + book.source() + ".",
                List.of(
                        new Column("price", "Price", Unit.TEXT),
                        new Column("per", "Per", Unit.TEXT),
                        new Column("dollars", "Dollars", Unit.DOLLARS)),
                rows.all());
    }
}
