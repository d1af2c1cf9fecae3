package io.narrows.proxy.gateway;

/**
 * How a proxy takes part in a gateway.
 *
 * @param groupId of the Kafka group that the proxies of the zone form
 * @param maxOwners at most so many proxies own partitions, the others stand by; the group's leader says
 * @param sessionTimeoutMs after so long without a sign of life the group takes a proxy for dead, and it itself for alone
 * @param trust what this proxy believes of the others
 */
public record GatewaySettings(
        String groupId, int maxOwners, int sessionTimeoutMs, int heartbeatIntervalMs, MemberTrust trust) {
    /** Every proxy of the gateway owns partitions. */
    public static final int ALL = Integer.MAX_VALUE;
}
