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
record GroupRequests(String groupId, int sessionTimeoutMs, MemberTrust trust) {
    private static final Logger LOG = LoggerFactory.getLogger(GroupRequests.class);

    private static final String PROTOCOL_TYPE = "narrows-gateway";

    /** {@code generation} is the last one that the member was in; -1: none. */
    JoinGroupRequestData join(String memberId, int generation, MemberMetadata claim) {
        JoinGroupRequestData request = new JoinGroupRequestData()
                .setGroupId(groupId)
                .setSessionTimeoutMs(sessionTimeoutMs)
                .setRebalanceTimeoutMs(sessionTimeoutMs)
                .setMemberId(memberId)
                .setProtocolType(PROTOCOL_TYPE);
        trust.protocols()
                .forEach((name, version) -> request.protocols()
                        .add(new JoinGroupRequestProtocol()
                                .setName(name)
                                .setMetadata(trust.encode(claim, version, groupId, memberId, generation))));
        return request;
    }

    /**
     * The next plan, which the group's leader makes for every member out of what those claim that it believes. Without any
     * there is no plan, and every member goes on alone.
     */
    List<SyncGroupRequestAssignment> assignments(JoinGroupResponseData joined, int maxOwners, Runnable onRefused) {
        List<MemberMetadata> claims = new ArrayList<>();
        for (JoinGroupResponseMember member : joined.members()) {
            try {
                claims.add(trust.claim(member.metadata(), groupId, member.memberId(), joined.generationId()));
            } catch (MalformedGroupDataException e) {
                onRefused.run();
                LOG.atWarn()
                        .addKeyValue("group", groupId)
                        .addKeyValue("member", member.memberId())
                        .addKeyValue("reason", e.getMessage())
                        .log("Gateway member ignored: it is not a proxy, or its settings differ");
            }
        }
        if (claims.isEmpty()) {
            return List.of();
        }
        if (claims.stream().map(MemberMetadata::id).distinct().count() < claims.size()) {
            LOG.atWarn()
                    .addKeyValue("group", groupId)
                    .addKeyValue(
                            "writers",
                            claims.stream().map(MemberMetadata::id).sorted().toList())
                    .log("Two gateway members have the same writer.id: give each proxy a unique one, unless one of them"
                            + " was restarted");
        }
        byte version = trust.protocols().getOrDefault(joined.protocolName(), GatewayCodec.VERSION);
        Assignment plan = Assignor.next(claims, maxOwners);
        return joined.members().stream()
                .map(member -> new SyncGroupRequestAssignment()
                        .setMemberId(member.memberId())
                        .setAssignment(trust.encode(plan, version, groupId, member.memberId(), joined.generationId())))
                .toList();
    }

    /** Throws {@link MalformedGroupDataException} for one that is not believed. */
    Assignment plan(byte[] assignment, String memberId, int generation) {
        return trust.plan(assignment, groupId, memberId, generation);
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
