package io.narrows.proxy.gateway;

import io.narrows.proxy.gateway.GatewayCodec.MalformedGroupDataException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a member of the gateway's group says to it, in Kafka's classic protocol. Immutable. */
record GroupRequests(String groupId, int sessionTimeoutMs) {
    private static final Logger LOG = LoggerFactory.getLogger(GroupRequests.class);

    private static final String PROTOCOL_TYPE = "narrows-gateway";

    /** What the data's versions are called in the group, which picks the first that all members know. */
    private static final Map<String, Byte> VERSIONS = versions();

    private static Map<String, Byte> versions() {
        Map<String, Byte> versions = new LinkedHashMap<>();
        versions.put("rendezvous-2", GatewayCodec.VERSION);
        versions.put("rendezvous-1", GatewayCodec.VERSION_WITHOUT_LOSSES);
        return versions;
    }

    JoinGroupRequestData join(String memberId, Claim claim) {
        JoinGroupRequestData request = new JoinGroupRequestData()
                .setGroupId(groupId)
                .setSessionTimeoutMs(sessionTimeoutMs)
                .setRebalanceTimeoutMs(sessionTimeoutMs)
                .setMemberId(memberId)
                .setProtocolType(PROTOCOL_TYPE);
        VERSIONS.forEach((name, version) -> request.protocols()
                .add(new JoinGroupRequestProtocol().setName(name).setMetadata(GatewayCodec.encode(claim, version))));
        return request;
    }

    /** The next plan, which the group's leader makes for every member out of what all of them claim. */
    static List<SyncGroupRequestAssignment> assignments(JoinGroupResponseData joined, int maxOwners) {
        List<Claim> claims = new ArrayList<>();
        for (JoinGroupResponseMember member : joined.members()) {
            try {
                claims.add(GatewayCodec.claim(member.metadata()));
            } catch (MalformedGroupDataException e) {
                LOG.warn("A member of the gateway's group is left out; member={}", member.memberId(), e);
            }
        }
        byte version = VERSIONS.getOrDefault(joined.protocolName(), GatewayCodec.VERSION);
        byte[] plan = GatewayCodec.encode(Planner.next(claims, maxOwners), version);
        return joined.members().stream()
                .map(member -> new SyncGroupRequestAssignment()
                        .setMemberId(member.memberId())
                        .setAssignment(plan))
                .toList();
    }

    SyncGroupRequestData sync(JoinGroupResponseData joined, List<SyncGroupRequestAssignment> assignments) {
        return new SyncGroupRequestData()
                .setGroupId(groupId)
                .setGenerationId(joined.generationId())
                .setMemberId(joined.memberId())
                .setProtocolType(PROTOCOL_TYPE)
                .setProtocolName(joined.protocolName())
                .setAssignments(assignments);
    }

    HeartbeatRequestData heartbeat(String memberId, int generation) {
        return new HeartbeatRequestData()
                .setGroupId(groupId)
                .setGenerationId(generation)
                .setMemberId(memberId);
    }

    LeaveGroupRequestData leave(String memberId) {
        return new LeaveGroupRequestData()
                .setGroupId(groupId)
                .setMembers(List.of(new MemberIdentity().setMemberId(memberId)));
    }
}
