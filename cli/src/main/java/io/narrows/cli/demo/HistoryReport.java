package io.narrows.cli.demo;

import io.narrows.cli.demo.HistoryFigures.Census;
import io.narrows.cli.demo.HistoryFigures.Kind;
import io.narrows.cli.demo.HistoryFigures.Reader;
import io.narrows.cli.verify.Verdict;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints a history demo's figures. */
final class HistoryReport {
    private static final double MB = 1e6;
    private static final double GIB = 1 << 30;

    private final PrintWriter out;

    HistoryReport(PrintWriter out) {
        this.out = out;
    }

    void print(HistoryFigures figures) {
        Verdict verdict = figures.load().verdict();
        Census census = figures.census();
        line("");
        line("Records");
        line(
                "  acknowledged %,d, read %,d by a group at the tail and a second one from the beginning",
                figures.load().totals().acknowledged(), verdict.consumed());
        line(
                "  lost %d, duplicated %d, misordered %d, corrupt %d%s",
                verdict.lost(),
                verdict.duplicated(),
                verdict.misordered(),
                verdict.corrupt(),
                figures.load().complete() ? "" : "; a producer or reader did not finish before the deadline");
        figures.load().errors().forEach((error, count) -> line("  %d x %s", count, error));
        line("Objects in the bucket");
        kind("WAL", census.wal());
        kind("segments", census.segments());
        kind("other", census.other());
        line("Bytes by tier");
        line("  produced %,.1f MB as batches", figures.producedBytes() / MB);
        line(
                "  local    %,.1f MB on three replicas, as links %,.2f MB on disk",
                census.localBytes() / MB, census.linkBytes() / MB);
        line(
                "  copied   %,.1f MB in %,d segments, with %,d GETs",
                census.copies().bytes() / MB,
                census.copies().segments(),
                census.copies().gets());
        line("Requests");
        line(
                "  PUT %,d   GET %,d   LIST %,d   DELETE %,d   HEAD %,d",
                census.requests().put(),
                census.requests().get(),
                census.requests().list(),
                census.requests().delete(),
                census.requests().head());
        line(
                "  write amplification %.2f bytes per produced byte; %.0f PUTs per GiB",
                figures.writeAmplification(), perGib(census.requests().put(), figures.producedBytes()));
        reader("tail", census.tail(), census.tail().getBytes());
        reader("WAL history", census.walHistory(), census.walHistory().getBytes());
        reader("segments", census.blocks(), census.copies().readBytes());
        line("Garbage");
        line(
                "  collected %,d WAL objects, %,.1f MB",
                census.garbage().objects(), census.garbage().bytes() / MB);
        line(
                figures.isClean()
                        ? "Every record was read, once and in order."
                        : "NOT EXACT: records were lost, duplicated, out of order or corrupt.");
        out.flush();
    }

    private void kind(String name, Kind kind) {
        line("  %-9s %,8d objects %,12.1f MB", name, kind.objects(), kind.bytes() / MB);
    }

    private void reader(String name, Reader reader, long bytes) {
        line(
                "  reads of %-12s %,8d GETs (%.0f per GiB read), cache hits %.1f %%, shared GETs %,d",
                name, reader.gets(), perGib(reader.gets(), bytes), 100 * reader.hitRatio(), reader.joined());
    }

    private static double perGib(long count, long bytes) {
        return bytes == 0 ? 0 : count * GIB / bytes;
    }

    private void line(String format, Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
    }
}
