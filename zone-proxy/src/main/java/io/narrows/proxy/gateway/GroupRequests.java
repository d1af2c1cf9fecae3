package io.narrows.proxy.gateway;

import io.narrows.proxy.gateway.GatewayCodec.MalformedGroupDataException;
import java.util.ArrayList;
import java.util.List;
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
    private static final String PROTOCOL = "rendezvous-1";

    JoinGroupRequestData join(String memberId, Claim claim) {
        JoinGroupRequestData request = new JoinGroupRequestData()
                .setGroupId(groupId)
                .setSessionTimeoutMs(sessionTimeoutMs)
                .setRebalanceTimeoutMs(sessionTimeoutMs)
                .setMemberId(memberId)
                .setProtocolType(PROTOCOL_TYPE);
        request.protocols()
                .add(new JoinGroupRequestProtocol().setName(PROTOCOL).setMetadata(GatewayCodec.encode(claim)));
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
        byte[] plan = GatewayCodec.encode(Planner.next(claims, maxOwners));
        return joined.members().stream()
                .map(member -> new SyncGroupRequestAssignment()
                        .setMemberId(member.memberId())
                        .setAssignment(plan))
                .toList();
    }

    SyncGroupRequestData sync(String memberId, int generation, List<SyncGroupRequestAssignment> assignments) {
        return new SyncGroupRequestData()
                .setGroupId(groupId)
                .setGenerationId(generation)
                .setMemberId(memberId)
                .setProtocolType(PROTOCOL_TYPE)
                .setProtocolName(PROTOCOL)
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
