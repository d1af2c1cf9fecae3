package io.narrows.broker.relay;

/** Who answers a Hello, and what it accepts. */
public record LeaderIdentity(String clusterId, int brokerId, String zone, int maxFrameBytes, int maxBatchBytes) {}
