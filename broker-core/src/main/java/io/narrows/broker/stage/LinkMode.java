package io.narrows.broker.stage;

/** Whether the leader links batches that reached it as bytes. */
public enum LinkMode {
    /** When the rate of batches makes a PUT cheaper than their replication between zones. */
    AUTO,
    /** All that can be linked. */
    ALWAYS,
    /** None; what proxies have staged is linked nevertheless. */
    NEVER
}
