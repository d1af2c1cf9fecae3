package io.narrows.router.upstream;

import java.net.InetSocketAddress;

/** Where a broker listens for Kafka clients (unresolved), and its zone, empty if it has none. */
public record BrokerAddress(int id, InetSocketAddress address, String zone) {}
