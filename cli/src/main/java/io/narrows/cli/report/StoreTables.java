package io.narrows.cli.report;

import io.narrows.cli.cost.CostReport;
import io.narrows.cli.cost.CostReport.Line;
import io.narrows.cli.cost.ObjectSizes;
import io.narrows.cli.cost.StoreRoute;
import io.narrows.cli.cost.StoreUse;
import io.narrows.cli.cost.Usage;
import io.narrows.cli.report.Table.Column;
import io.narrows.cli.report.Table.Rows;
import io.narrows.relay.price.BreakEven;
import io.narrows.relay.price.PriceBook;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tables of the object store: its requests and objects, what they cost, and from where on they pay. Stateless. */
final class StoreTables {
    private static final long[] LINGERS_MS = {40, 125, 250};

    private final CostReport report;

    StoreTables(CostReport report) {
        this.report = report;
    }

    Table requests() {
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
                "Every attempt is billed, so the counts include retries and hedges.",
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

    Table objectSizes() {
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

    Table breakEven() {
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
                "Break-even rates of staging",
                "The rate is that of all producers of one zone together, at that wal.linger.ms.",
                columns,
                rows.all());
    }

    private static Object orNever(long bytes, Object value) {
        return bytes == BreakEven.NEVER ? "never" : value;
    }

    Table storage() {
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
                "Not included in the bills above, because it depends on retention. Brokers' disks are not priced.",
                List.of(
                        new Column("system", "System", Unit.TEXT),
                        new Column("written_bytes", "Written", Unit.BYTES),
                        new Column("written_per_produced", "Per byte produced", Unit.RATIO),
                        new Column("dollars_per_tb_month", "Storing a produced TB for a month", Unit.DOLLARS)),
                rows.all());
    }

    Table prices() {
        PriceBook book = report.prices();
        Rows rows = new Rows();
        rows.add("transfer between zones, sender's side", "GB", book.transfer().outPerGb());
        rows.add(
                "transfer between zones, receiver's side", "GB", book.transfer().inPerGb());
        rows.add(
                "NAT gateway" + (report.route() == StoreRoute.NAT ? "" : " (not on the route)"),
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
                "GB is 10^9 bytes; prices per GiB are converted. Source: " + book.source() + ".",
                List.of(
                        new Column("price", "Price", Unit.TEXT),
                        new Column("per", "Per", Unit.TEXT),
                        new Column("dollars", "Dollars", Unit.DOLLARS)),
                rows.all());
    }
}
