package io.narrows.cli.load;

import java.time.Duration;

/** A look at a running load: totals so far, and latencies since the last look. */
public record LoadProgress(Duration elapsed, long records, long bytes, long consumed, double p50Ms, double p99Ms) {}
