package io.narrows.proxy.gateway;

import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.ProxyMember;
import io.narrows.relay.loop.ManualLoop;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One proxy of a simulated gateway: its membership and its gate. */
final class SimProxy {
    static final MemberTrust SEALED = trust("zone");
    static final GatewaySettings SETTINGS = settings(GatewaySettings.ALL, SEALED);

    /** With a key of its own for each name. */
    static MemberTrust trust(String... keyNames) {
        List<GroupSeal.Key> keys = Arrays.stream(keyNames)
                .map(name -> new GroupSeal.Key(name, (name + "-0123456789").getBytes(StandardCharsets.UTF_8)))
                .toList();
        return new MemberTrust(Optional.of(new GroupSeal(keys)), Pattern.compile("CLIENTS://.*\\.zone:9092"));
    }

    static GatewaySettings settings(int maxOwners, MemberTrust trust) {
        return new GatewaySettings("group", maxOwners, 1_000, 100, trust);
    }

    final String id;
    final long incarnation;
    final PartitionOwnership handover;
    final GatewayMetrics metrics = new GatewayMetrics(new MetricRegistry());
    final GroupMember member;
    boolean reachable = true;
    int cuts;
    boolean outOfTouch;
    boolean dead;

    @Nullable
    CompletableFuture<Void> drained;

    private @Nullable CompletableFuture<Void> gone;

    SimProxy(String id, long incarnation, FakeGroup group, ManualLoop loop, Random random) {
        this(id, incarnation, group, loop, random, SETTINGS);
    }

    SimProxy(String id, long incarnation, FakeGroup group, ManualLoop loop, Random random, GatewaySettings settings) {
        this.id = id;
        this.incarnation = incarnation;
        ProxyMember self =
                new ProxyMember(id, NodeIds.madeUp(id, 0), 2, Map.of("CLIENTS", new Endpoint(id + ".zone", 9092)));
        handover = new PartitionOwnership(self, metrics);
        member = new GroupMember(new GroupMember.Dependencies(
                settings,
                new GroupMember.Identity(self, incarnation, "1"),
                loop,
                group.calls(() -> reachable && !dead, () -> outOfTouch = false),
                handover,
                metrics,
                random));
    }

    void losesTouch() {
        outOfTouch = true;
        cuts++;
    }

    void drain() {
        drained = member.drain();
    }

    boolean left() {
        return drained != null && drained.isDone();
    }

    boolean isThere() {
        return member.isMember() && drained == null;
    }

    /** Whether the group has heard that it is gone. */
    boolean hasLeft() {
        return gone != null && gone.isDone();
    }

    void leave() {
        gone = member.leave();
    }

    boolean takes(String topic, int partition) {
        boolean taken = handover.tryEnter(topic, partition);
        if (taken) {
            handover.leave(topic, partition);
        }
        return taken;
    }
}
