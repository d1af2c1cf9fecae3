package io.narrows.proxy.gateway;

import java.util.List;

/**
 * A proxy's part in its gateway, for {@code /status}.
 *
 * @param epoch of the plan; 0 while this proxy is alone
 * @param awaited proxies that partitions on the move wait for; empty: settled
 * @param partitions of topics in use
 * @param ownedPartitions those of them that are this proxy's
 */
public record GatewayStatus(
        String group,
        boolean alone,
        long epoch,
        List<Member> members,
        List<String> awaited,
        int partitions,
        int ownedPartitions) {
    /** {@code listeners} as NAME://host:port. */
    public record Member(String id, int firstNodeId, int nodes, List<String> listeners) {}
}
