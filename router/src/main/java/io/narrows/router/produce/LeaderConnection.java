package io.narrows.router.produce;

import io.narrows.relay.log.FoldedLog;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.rpc.Hello;
import io.narrows.relay.rpc.RelayConnection;
import io.narrows.relay.rpc.RelayConnector;
import io.narrows.relay.rpc.RelayError;
import io.narrows.relay.rpc.RelayProtocol;
import io.narrows.relay.rpc.RelayRefusedException;
import io.narrows.relay.wal.Incarnation;
import io.narrows.router.lane.Lane;
import io.narrows.router.lane.LaneEntry;
import io.narrows.router.topology.Broker;
import io.narrows.router.topology.RelayEndpoint;
import io.narrows.router.topology.Topology;
import java.time.Instant;
import java.util.LinkedHashSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to one leader: opens and re-opens the relay connection, and keeps the lanes that wait for it. Owned by the
 * router's loop.
 *
 * <pre>
 *            a lane wants to send             Hello accepted
 *   DOWN ------------------------> CONNECTING ---------------> UP
 *    ^  ^                               |                       |
 *    |  +---- backoff over -- PAUSED <--+-----------------------+ failed, refused, closed
 *    |                          | and no lane waits
 *    +--------------------------+
 * </pre>
 */
final class LeaderConnection {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderConnection.class);

    private final int brokerId;
    private final Dependencies dependencies;
    private final Loop loop;
    private final LeaderStandings standings;
    private final LinkedHashSet<Lane> waiting = new LinkedHashSet<>();

    /** Reset when the leader is reached. */
    private final FoldedLog outage = FoldedLog.perMinute(1);

    /** Connections that come and go. */
    private final FoldedLog changes = FoldedLog.perMinute(6);

    private State state = new Down();
    private int failures;
    /** What orders this start among the writer's at this leader; fixed once the leader has accepted it. */
    private long incarnation;

    private boolean accepted;

    private sealed interface State {}

    private record Down() implements State {}

    private record Connecting() implements State {}

    private record Paused(Loop.Timer timer) implements State {}

    private record Up(LeaderSession session) implements State {}

    private record Closed() implements State {}

    /** What connections to all leaders work with; the router owns all of it. */
    record Dependencies(
            RouterConfig.Identity identity,
            Topology topology,
            RelayConnector relay,
            Backoff backoff,
            LeaderStandings standings,
            LeaderSession.Dependencies sessions) {}

    LeaderConnection(int brokerId, Dependencies dependencies) {
        this.brokerId = brokerId;
        this.dependencies = dependencies;
        this.loop = dependencies.sessions().loop();
        this.standings = dependencies.standings();
        this.incarnation = dependencies.identity().incarnation();
    }

    int brokerId() {
        return brokerId;
    }

    String stateName() {
        return state.getClass().getSimpleName();
    }

    int unanswered() {
        return state instanceof Up up ? up.session().unanswered() : 0;
    }

    /** Puts the entry into the next frame; false when it cannot be taken now, and then the lane is told later. */
    boolean offer(LaneEntry entry) {
        if (state instanceof Up up && up.session().take(entry)) {
            return true;
        }
        waiting.add(entry.lane());
        if (state instanceof Down) {
            connect();
        }
        return false;
    }

    /** Connects if no attempt is in progress or waits for its turn, so that it is known what the leader says. */
    void keepUp() {
        if (state instanceof Down) {
            connect();
        }
    }

    /** Closes a connection that owes an answer for too long. */
    void checkStalled(long now) {
        if (!(state instanceof Up up)) {
            return;
        }
        if (up.session().isStalled(now)) {
            LOG.atWarn().addKeyValue("leader", brokerId).log("Relay request timed out, reconnecting to the leader");
            up.session().connection().close();
        } else {
            up.session().withdrawExpired();
        }
    }

    void close() {
        State before = state;
        state = new Closed();
        waiting.clear();
        if (before instanceof Up up) {
            up.session().connection().close();
            up.session().loseAll();
        } else if (before instanceof Paused paused) {
            paused.timer().cancel();
        }
    }

    private void connect() {
        if (standings.isFenced()) {
            failed(new IllegalStateException("this start of the writer is fenced"));
            return;
        }
        Broker broker = dependencies.topology().view().brokers().get(brokerId);
        if (broker == null || !(broker.relay() instanceof RelayEndpoint.At relay)) {
            failed(new IllegalStateException("the broker's relay endpoint is not known"));
            return;
        }
        state = new Connecting();
        RouterConfig.Identity identity = dependencies.identity();
        Hello hello = new Hello(
                RelayProtocol.MIN_VERSION,
                RelayProtocol.MAX_VERSION,
                dependencies.topology().view().clusterId(),
                identity.zone(),
                identity.writer(),
                incarnation,
                identity.software());
        LeaderSession session = new LeaderSession(brokerId, dependencies.sessions(), new Connection());
        var unused = dependencies
                .relay()
                .connect(relay.address(), hello, session)
                .whenComplete((connection, failure) -> {
                    if (failure != null) {
                        loop.execute(() -> refusedOrFailed(failure));
                    } else {
                        opened(session, connection);
                    }
                });
    }

    private void opened(LeaderSession session, RelayConnection connection) {
        loop.assertInLoop();
        if (state instanceof Closed) {
            connection.close();
            return;
        }
        session.open(connection);
        accepted = true;
        state = new Up(session);
        outage.reset();
        standings.accepted(brokerId, connection.peer().message());
        changes.write(
                loop.nanoTime(),
                folded -> LOG.atInfo()
                        .addKeyValue("leader", brokerId)
                        .addKeyValue("zone", connection.peer().zone())
                        .addKeyValue(FoldedLog.KEY, folded)
                        .log("Relay connection opened"));
        pumpWaiting();
    }

    /**
     * A leader may remember a start of this writer whose clock was ahead of this one's. Only a start that it never accepted
     * may overtake that one: an accepted one that is behind has been replaced, and must not fence what replaced it.
     */
    private void refusedOrFailed(Throwable failure) {
        if (failure instanceof RelayRefusedException refused
                && refused.error() == RelayError.WRITER_BEHIND
                && !accepted
                && state instanceof Connecting) {
            long before = incarnation;
            incarnation = Incarnation.above(refused.knownIncarnation(), before);
            if (incarnation != before) {
                LOG.atWarn()
                        .addKeyValue("leader", brokerId)
                        .addKeyValue("thisStart", Instant.ofEpochMilli(Incarnation.startedAtMs(before)))
                        .addKeyValue(
                                "rememberedStart",
                                Instant.ofEpochMilli(Incarnation.startedAtMs(refused.knownIncarnation())))
                        .log("Leader knows an incarnation of this writer that started later and has ended: "
                                + "continuing after it. Check the clocks");
            }
        }
        failed(failure);
    }

    private void failed(Throwable cause) {
        if (state instanceof Closed) {
            return;
        }
        if (standings.failed(brokerId, cause)) {
            outage.reset();
        }
        outage.write(
                loop.nanoTime(),
                folded -> LOG.atWarn()
                        .addKeyValue("leader", brokerId)
                        .addKeyValue("failures", failures + 1)
                        .addKeyValue("cause", String.valueOf(cause.getMessage()))
                        .log("Leader is unreachable over the relay"));
        pause();
        for (Lane lane : takeWaiting()) {
            lane.onUnreachable();
        }
    }

    private void pause() {
        long delay = dependencies.backoff().beforeAttempt(failures++);
        state = new Paused(loop.schedule(delay, () -> {
            if (state instanceof Paused) {
                state = new Down();
                if (!waiting.isEmpty()) {
                    connect();
                }
            }
        }));
    }

    private void pumpWaiting() {
        if (!waiting.isEmpty()) {
            for (Lane lane : takeWaiting()) {
                lane.pump();
            }
        }
    }

    private Lane[] takeWaiting() {
        Lane[] lanes = waiting.toArray(new Lane[0]);
        waiting.clear();
        return lanes;
    }

    /** What a connection tells of itself. */
    private final class Connection implements LeaderSession.Owner {
        @Override
        public void pumpWaiting() {
            LeaderConnection.this.pumpWaiting();
        }

        @Override
        public void waitBehindOthers(Lane lane) {
            if (waiting.remove(lane)) {
                waiting.add(lane);
            }
        }

        @Override
        public void answered() {
            failures = 0;
        }

        @Override
        public boolean lost(Throwable cause) {
            if (state instanceof Closed) {
                return false;
            }
            changes.write(
                    loop.nanoTime(),
                    folded -> LOG.atWarn()
                            .addKeyValue("leader", brokerId)
                            .addKeyValue("cause", String.valueOf(cause.getMessage()))
                            .addKeyValue(FoldedLog.KEY, folded)
                            .log("Relay connection lost"));
            if (cause instanceof RelayRefusedException) {
                boolean unused = standings.failed(brokerId, cause);
            } else {
                standings.lost(brokerId);
            }
            pause();
            return true;
        }
    }
}
