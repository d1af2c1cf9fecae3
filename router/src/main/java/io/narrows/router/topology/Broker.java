package io.narrows.router.topology;

/** A broker: where it listens for Kafka, its zone ({@code broker.rack}, empty if it has none) and its relay endpoint. */
public record Broker(int id, String host, int port, String zone, RelayEndpoint relay) {}
