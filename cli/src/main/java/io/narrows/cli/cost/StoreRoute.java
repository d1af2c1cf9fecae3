package io.narrows.cli.cost;

/** How requests reach the object store. */
public enum StoreRoute {
    /** A gateway endpoint or its like, which is free of charge. */
    ENDPOINT,
    /** A NAT gateway, which charges for every byte in both directions. */
    NAT
}
