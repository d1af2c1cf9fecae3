package io.narrows.s3server;

import java.util.Map;

/**
 * Named latency models of object stores, for trying what an installation would feel like. The figures are approximate, of
 * public knowledge as of November 2026, and rounded; {@code docs/reference/s3-latency.md} has the table and says where it
 * comes from. A store of one's own is better measured than looked up.
 */
final class LatencyProfiles {
    /** By name. */
    static final Map<String, LatencyModel> ALL = Map.of(
            "standard",
            profile(
                    "standard",
                    0,
                    Delay.Skewed.ofMillis(45, 180, 1_500, 16),
                    Delay.Skewed.ofMillis(25, 120, 1_000, 12),
                    Delay.Skewed.ofMillis(35, 150, 1_000, 0)),
            "express",
            profile(
                    "express",
                    0,
                    Delay.Skewed.ofMillis(7, 16, 150, 5),
                    Delay.Skewed.ofMillis(5, 12, 100, 4),
                    Delay.Skewed.ofMillis(6, 15, 100, 0)),
            "bad-day",
            profile(
                    "bad-day",
                    0.02,
                    Delay.Skewed.ofMillis(150, 1_500, 8_000, 40),
                    Delay.Skewed.ofMillis(80, 800, 6_000, 25),
                    Delay.Skewed.ofMillis(120, 1_200, 6_000, 0)));

    private LatencyProfiles() {}

    private static LatencyModel profile(String name, double refusedShare, Delay put, Delay get, Delay other) {
        return new LatencyModel(
                name,
                Map.of(
                        Operation.PUT, put,
                        Operation.GET, get,
                        Operation.HEAD, other,
                        Operation.LIST, other,
                        Operation.DELETE, other),
                refusedShare);
    }
}
