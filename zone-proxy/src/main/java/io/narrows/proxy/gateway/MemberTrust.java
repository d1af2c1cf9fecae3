package io.narrows.proxy.gateway;

import io.narrows.proxy.gateway.GatewayCodec.MalformedGroupDataException;
import io.narrows.proxy.metadata.ProxyMember;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a proxy believes of the members of its group: claims and plans that a proxy has sealed, if there is a seal, and
 * endpoints that match a pattern. Immutable.
 *
 * @param seal empty: every member of the group is believed
 * @param endpoints matches the whole of NAME://host:port
 */
public record MemberTrust(Optional<GroupSeal> seal, Pattern endpoints) {
    /** Trusts every member of the group. */
    public static final MemberTrust EVERYBODY = new MemberTrust(Optional.empty(), Pattern.compile(".*"));

    /** What the versions of the data are called in the group, which picks the first that all members know. */
    Map<String, Byte> protocols() {
        Map<String, Byte> protocols = new LinkedHashMap<>();
        if (seal.isPresent()) {
            protocols.put("rendezvous-4", GatewayCodec.VERSION);
        } else {
            protocols.put("rendezvous-2", GatewayCodec.VERSION);
            protocols.put("rendezvous-1", GatewayCodec.VERSION_WITHOUT_LOSSES);
        }
        return protocols;
    }

    /** {@code generation} is the last one that the member was in; -1: none. */
    byte[] encode(MemberMetadata claim, byte version, String groupId, String memberId, int generation) {
        byte[] bytes = GatewayCodec.encode(claim, version);
        return seal.map(with -> with.seal(groupId, memberId, generation, bytes)).orElse(bytes);
    }

    /** The plan for one member of {@code generation}. */
    byte[] encode(Assignment plan, byte version, String groupId, String memberId, int generation) {
        byte[] bytes = GatewayCodec.encode(plan, version);
        return seal.map(with -> with.seal(groupId, memberId, generation, bytes)).orElse(bytes);
    }

    /**
     * A member's claim in a round that makes {@code generation}. One that was not made right after the generation before
     * may be an old one that another sends again: it counts as that of a proxy that has just come, which costs a move and
     * no order. Throws {@link MalformedGroupDataException} for what is not believed.
     */
    MemberMetadata claim(byte[] bytes, String groupId, String memberId, int generation) {
        MemberMetadata claim;
        if (seal.isPresent()) {
            GroupSeal.Opened opened = seal.get().open(groupId, memberId, bytes);
            MemberMetadata said = GatewayCodec.claim(opened.content());
            claim = opened.generation() == generation - 1 ? said : said.asOfNewcomer();
        } else {
            claim = GatewayCodec.claim(bytes);
        }
        check(claim.member());
        return claim;
    }

    /**
     * The plan of {@code generation} for the member. A group that was deleted counts its generations anew, but gives no
     * member id twice. Throws {@link MalformedGroupDataException} for what is not believed.
     */
    Assignment plan(byte[] bytes, String groupId, String memberId, int generation) {
        Assignment plan;
        if (seal.isPresent()) {
            GroupSeal.Opened opened = seal.get().open(groupId, memberId, bytes);
            if (opened.generation() != generation) {
                throw new MalformedGroupDataException("signed for generation " + opened.generation());
            }
            plan = GatewayCodec.plan(opened.content());
        } else {
            plan = GatewayCodec.plan(bytes);
        }
        plan.members().forEach(this::check);
        return plan;
    }

    private void check(ProxyMember member) {
        member.endpoints().forEach((listener, endpoint) -> {
            if (!admits(listener, endpoint.toString())) {
                throw new MalformedGroupDataException(member.id() + " advertises " + listener + "://" + endpoint
                        + ", which gateway.member.endpoints does not match");
            }
        });
    }

    /** Whether members may show themselves at the address, host:port. */
    public boolean admits(String listener, String address) {
        return endpoints.matcher(listener + "://" + address).matches();
    }
}
