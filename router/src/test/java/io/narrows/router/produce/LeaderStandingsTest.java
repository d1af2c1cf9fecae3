package io.narrows.router.produce;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.rpc.RelayConnection;
import io.narrows.relay.rpc.RelayError;
import io.narrows.relay.rpc.RelayRefusedException;
import io.narrows.router.policy.PathMode;
import io.narrows.router.topology.RelayEndpoint;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whether a proxy may serve, by every answer that leaders can give to its Hello. */
final class LeaderStandingsTest {
    private static final long MS = ThreeZones.MS;

    /** Those that say something of the proxy. */
    private static final Set<RelayError> REFUSALS = EnumSet.of(
            RelayError.UNSUPPORTED_VERSION,
            RelayError.WRONG_CLUSTER,
            RelayError.FENCED_WRITER,
            RelayError.INVALID_MESSAGE,
            RelayError.NOT_AUTHORIZED);

    @AutoClose
    private final ThreeZones zones = new ThreeZones();

    private void open() {
        zones.open(PathMode.DIRECT);
        zones.router.keepConnected();
    }

    private String notReady() {
        return zones.router.standings().notReady();
    }

    @Test
    void leadersAreAskedBeforeAnyClientComes() {
        open();
        assertThat(notReady()).contains("no leader's relay has accepted this proxy yet");
        zones.loop.advance(1_000 * MS);
        assertThat(notReady()).isEmpty();
        zones.loop.advance(60_000 * MS);
        assertThat(zones.asked).as("once each").containsExactlyInAnyOrder(0, 1, 2);
    }

    @ParameterizedTest
    @EnumSource(
            value = RelayError.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NONE", "STALE_LANE", "LANE_STOPPED", "OBJECT_UNREADABLE"})
    void aProxyThatEveryLeaderRefusesIsNotReadyAndSaysWhy(RelayError error) {
        for (int leader = 0; leader < 3; leader++) {
            zones.refusals.put(leader, error);
        }
        open();
        zones.loop.advance(100 * MS);
        if (!REFUSALS.contains(error)) {
            assertThat(notReady()).contains("no leader's relay has accepted");
        } else {
            assertThat(notReady()).startsWith("refused by leader 0").contains(error.name(), "leader 2");
        }

        zones.refusals.clear();
        zones.loop.advance(5_000 * MS);
        assertThat(notReady()).isEmpty();
    }

    @Test
    void aLeaderThatRefusesAloneIsNamedAndTheOthersServe() {
        zones.refusals.put(1, RelayError.NOT_AUTHORIZED);
        open();
        zones.loop.advance(1_000 * MS);
        assertThat(notReady()).isEmpty();
        assertThat(zones.status().links())
                .filteredOn(link -> link.brokerId() == 1)
                .singleElement()
                .satisfies(link -> assertThat(link.said()).contains("REFUSED", "NOT_AUTHORIZED"));
    }

    @Test
    void leadersThatAreLostDoNotMakeTheProxyUnready() {
        open();
        zones.loop.advance(1_000 * MS);
        for (int leader = 0; leader < 3; leader++) {
            zones.refusals.put(leader, RelayError.BUSY);
        }
        List.copyOf(zones.leaders.values()).forEach(RelayConnection::close);
        zones.loop.advance(1_000 * MS);
        assertThat(notReady()).isEmpty();
        for (int leader = 0; leader < 3; leader++) {
            zones.refusals.put(leader, RelayError.WRONG_CLUSTER);
        }
        zones.loop.advance(5_000 * MS);
        assertThat(notReady()).contains("WRONG_CLUSTER");
    }

    @ParameterizedTest
    @EnumSource(names = {"FENCED_WRITER", "WRITER_BEHIND"})
    void aProxyThatWasReplacedIsFencedForGoodAndSaysHelloNoMore(RelayError error) {
        open();
        CompletableFuture<String> fenced = zones.router.standings().fenced();
        zones.loop.advance(1_000 * MS);
        assertThat(fenced).isNotDone();
        assertThat(notReady()).isEmpty();

        zones.refusals.put(2, error);
        zones.leaders.get(2).close();
        zones.loop.advance(5_000 * MS);

        assertThat(fenced).isCompletedWithValueMatching(why -> why.contains("leader 2") && why.contains(error.name()));
        zones.refusals.clear();
        int asked = zones.asked.size();
        List.copyOf(zones.leaders.values()).forEach(RelayConnection::close);
        zones.loop.advance(60_000 * MS);
        assertThat(zones.asked).hasSize(asked);
        assertThat(notReady()).contains("writer.id=proxy-a");
    }

    @Test
    void whatALeaderSaidThatTheClusterHasNoMoreDoesNotCount() {
        LeaderStandings standings = new LeaderStandings("proxy-a");
        standings.accepted(1, "");
        standings.lost(1);
        boolean unused = standings.failed(2, new RelayRefusedException(RelayError.NOT_AUTHORIZED, "not in the list"));
        assertThat(standings.notReady()).contains("refused by leader 2");

        standings.keepOnly(Set.of(1));

        assertThat(standings.notReady()).isEmpty();
        assertThat(standings.of(2)).isEmpty();
    }

    @Test
    void aBrokerWithoutARelayIsNotAsked() {
        zones.unusualRelays.put(0, RelayEndpoint.NONE);
        open();
        zones.loop.advance(1_000 * MS);
        assertThat(zones.asked).containsExactlyInAnyOrder(1, 2);
    }
}
