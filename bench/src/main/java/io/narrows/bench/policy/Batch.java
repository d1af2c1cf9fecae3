package io.narrows.bench.policy;

/** A batch in a simulated window. */
record Batch(int partition, int bytes, long arrivedAt) {}
