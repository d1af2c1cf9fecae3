package io.narrows.proxy.gateway;

/**
 * How a proxy takes part in a gateway.
 *
 * @param groupId of the Kafka group that the proxies of the zone form
 * @param sessionTimeoutMs after so long without a sign of life the group takes a proxy for dead, and it itself for alone
 */
public record GatewaySettings(String groupId, int sessionTimeoutMs, int heartbeatIntervalMs) {}
