package io.narrows.cli.load;

/** Where a zone's clients connect: producers (usually to the zone's proxy) and consumers (to brokers). */
public record ZoneEndpoints(String zone, String produceBootstrap, String consumeBootstrap) {}
