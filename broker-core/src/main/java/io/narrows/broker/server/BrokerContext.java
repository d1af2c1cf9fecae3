package io.narrows.broker.server;

import io.narrows.broker.log.LinkServices;
import kafka.server.BrokerServer;

/** A broker as its {@link BrokerExtension} sees it: Kafka's server, and what its logs share. */
public record BrokerContext(BrokerServer server, LinkServices links) {}
