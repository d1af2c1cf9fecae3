package io.narrows.cli.report;

import io.narrows.cli.cost.Attribution;
import io.narrows.cli.cost.Bill;
import io.narrows.cli.cost.CostReport;
import io.narrows.cli.cost.CostReport.Line;
import io.narrows.cli.cost.PathBytes;
import io.narrows.cli.cost.SystemKind;
import io.narrows.cli.cost.ZoneFlow;
import io.narrows.cli.report.Table.Column;
import io.narrows.cli.report.Table.Rows;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Tables of the bytes between zones, by zone pair, client and path. Stateless. */
final class TrafficTables {
    private static final int MAX_NAMES = 50;

    private final CostReport report;

    TrafficTables(CostReport report) {
        this.report = report;
    }

    Table zonePairs() {
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
                "Dollars include both sides of a transfer. Systems whose flows are not known by zone are omitted.",
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

    Table kinds() {
        Rows rows = new Rows();
        List<Line> lines = report.lines();
        boolean toldApart = lines.stream().anyMatch(TrafficTables::knowsKinds);
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
        return new Table("kinds", "Bytes between zones, by kind of traffic", "", columns, rows.all());
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

    Table paths() {
        PathBytes total = total(report.measurement().details().topics());
        Rows rows = new Rows();
        if (total.total() > 0) {
            path(rows, "local (leader in the producer's zone)", total.local(), total);
            path(rows, "staged (through the object store)", total.staged(), total);
            path(rows, "direct (bytes to another zone)", total.direct(), total);
        }
        return new Table(
                "paths",
                "Paths of produced bytes in Narrows",
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
    Table names(String id, String title, List<Attribution> all) {
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
                "Requests, fees and NAT are allocated by staged bytes, transfer of Narrows by produced bytes.",
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
}
