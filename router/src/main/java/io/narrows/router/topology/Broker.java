package io.narrows.router.topology;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A broker: where it listens for Kafka, its zone ({@code broker.rack}, empty if it has none) and its relay endpoint. */
public record Broker(
        int id,
        String host,
        int port,
        String zone,
        @Nullable InetSocketAddress relay) {}
