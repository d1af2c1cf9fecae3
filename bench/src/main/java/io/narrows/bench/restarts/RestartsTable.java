package io.narrows.bench.restarts;

import io.narrows.bench.restarts.CaseResult.Copied;
import io.narrows.bench.restarts.CaseResult.Gaps;
import java.time.Duration;
import java.util.Locale;

/** The lines that {@code narrows bench restarts} prints. Stateless. */
public final class RestartsTable {
    private RestartsTable() {}

    public static String head() {
        return String.format(
                Locale.ROOT,
                "%-14s %12s %6s %6s %10s %9s   %-28s %-22s %10s",
                "case",
                "acknowledged",
                "failed",
                "lost",
                "duplicated",
                "reordered",
                "no ack, s: min/median/max",
                "without the proxy",
                "in sync, s");
    }

    public static String line(CaseResult result) {
        String line = String.format(
                Locale.ROOT,
                "%-14s %,12d %,6d %,6d %,10d %,9d   %-28s %-22s %10s%s",
                result.restart().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                result.records().acknowledged(),
                result.records().failed(),
                result.verdict().lost(),
                result.verdict().duplicated(),
                result.verdict().misordered(),
                seconds(result.gaps()),
                seconds(result.directGaps()),
                seconds(result.inSync()),
                result.isClean() ? "" : "  FAILED");
        Copied copied = result.copied();
        return copied.diskBytes() < 0
                ? line
                : line
                        + String.format(
                                Locale.ROOT,
                                "%n%14s the new replicas have %,d bytes on disk, for records of %,d bytes",
                                "",
                                copied.diskBytes(),
                                copied.producedBytes());
    }

    private static String seconds(Gaps gaps) {
        return seconds(gaps.shortest()) + " / " + seconds(gaps.median()) + " / " + seconds(gaps.longest());
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f", duration.toMillis() / 1e3);
    }
}
