package io.narrows.router.topology;

/** A partition's leader (-1: none) and leader epoch (-1: unknown). */
public record PartitionView(int partition, int leaderId, int leaderEpoch) {}
