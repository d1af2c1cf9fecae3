package io.narrows.bench.compare;

import io.narrows.bench.zones.ZoneTraffic;
import io.narrows.cli.verify.Verdict;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What was measured of one system under one load in one round, from the start of the load until every reader had read
 * everything.
 *
 * @param load name of the {@link LoadCase}
 */
public record Measured(
        SystemUnderTest contestant,
        String load,
        int round,
        Produced produced,
        ZoneTraffic traffic,
        S3Requests s3,
        CpuSeconds cpu,
        Histogram ackMicros,
        Histogram endToEndMicros,
        Memory memory,
        Verdict verdict,
        Map<String, Long> errors) {
    public Measured {
        errors = Map.copyOf(errors);
    }

    /**
     * @param bytes of batches that producers sent, as they were on the wire
     * @param seconds until the last of them was acknowledged
     * @param complete all clients finished before the deadline
     */
    public record Produced(long bytes, long records, double seconds, boolean complete) {}

    /** Of all processes of a kind, in user and kernel mode. */
    public record CpuSeconds(double brokers, double proxies, double clients, double s3) {}

    /** Of all processes of a kind, at the end of the load; disk is what brokers' logs took more than before. */
    public record Memory(long brokerRssBytes, long proxyRssBytes, long diskBytes) {}

    public double throughputMBps() {
        return produced.seconds() <= 0 ? 0 : produced.bytes() / 1e6 / produced.seconds();
    }

    /** Bytes between zones for a byte produced. */
    public double crossing() {
        return perProduced((double) traffic.crossZoneBytes());
    }

    private double perProduced(double value) {
        return produced.bytes() == 0 ? 0 : value / produced.bytes();
    }

    /** Of brokers and proxies, for 10^9 bytes produced: what the operator of the system pays for. */
    public double cpuSecondsPerGB() {
        return perProduced(cpu.brokers() + cpu.proxies()) * 1e9;
    }

    double perGB(double cpuSeconds) {
        return perProduced(cpuSeconds) * 1e9;
    }

    public boolean isClean() {
        return produced.complete() && verdict.isClean();
    }
}
