package io.narrows.broker;

import io.narrows.broker.kafka.BrokerExtension;
import io.narrows.broker.read.ReadServices;

/**
 * What a process with the broker role is made of besides Kafka: how links are read, and what stands in front of the log.
 * Closed by whoever made it, after the server.
 */
public record BrokerParts(ReadServices reads, BrokerExtension extension) {}
