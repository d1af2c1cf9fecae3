package io.narrows.cli.cost;

/** Milliseconds from sending or receiving a batch to its acknowledgement, for one system or one path. */
public record AckLatency(String what, double p50Ms, double p99Ms) {}
