package io.narrows.bench.compare;

import io.narrows.bench.compare.Measured.CpuSeconds;
import io.narrows.bench.compare.Measured.Memory;
import io.narrows.bench.compare.Measured.Produced;
import io.narrows.bench.zones.ZoneTraffic;
import io.narrows.bench.zones.ZoneTraffic.S3Link;
import io.narrows.bench.zones.ZoneTraffic.ZonePair;
import io.narrows.cli.verify.Verdict;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Results that were never measured. */
final class Samples {
    static final LoadCase LOAD = new LoadCase(
            "large-64KiB",
            "a load & <its> title",
            List.of("--rate", "max"),
            1,
            Duration.ofSeconds(10),
            EnumSet.allOf(SystemUnderTest.class));

    private Samples() {}

    /** A gigabyte produced. */
    static Measured measured(SystemUnderTest contestant, int round, double seconds, long crossZoneBytes) {
        Histogram latency = new Histogram(60_000_000, 3);
        latency.recordValue(2_000);
        latency.recordValue(8_000);
        return new Measured(
                contestant,
                LOAD.name(),
                round,
                new Produced(1_000_000_000, 250_000, seconds, true),
                new ZoneTraffic(
                        List.of(new ZonePair("a", "b", crossZoneBytes), new ZonePair("b", "a", 0)),
                        List.of(new S3Link("a", 3, 4))),
                new S3Requests(10, 20, 0, 1, 2, 30, 40),
                new CpuSeconds(seconds, 1, 5, 2),
                latency,
                latency,
                new Memory(100, 200, 3_000_000_000L),
                Verdict.EMPTY,
                Map.of());
    }

    static CompareReport report(List<Measured> measured) {
        return new CompareReport(
                new Provenance(
                        new Provenance.Machine("a <processor>", 2, 8_000_000_000L, "Linux", "17"),
                        "abc123",
                        "narrows bench compare --systems \"x\"",
                        "2026-01-01T00:00:00Z"),
                List.of(LOAD),
                measured);
    }
}
