package io.narrows.broker.relay;

import io.narrows.relay.Checks;
import io.narrows.relay.rpc.RelayError;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The leader's lanes: for each (writer, incarnation, lane id) a FIFO of entries. All that are ready leave it together, as
 * a run; the produce path appends a run's entries one after the other and gives back those it did not try because the
 * one before them did not get into the log in one step. The next run follows when the whole run is appended, answered or
 * back; waiting for the ISR is outside the lane. A pure state machine:
 * every method is one step, its effects go to {@link Effects}, which must not call back into the lanes. Owned by the
 * relay's loop.
 *
 * <pre>
 *   add --> WAITING --ready/failed--> READY --release--> RELEASED --appended--> APPENDED --answered--> DONE
 *              |                        |  ^                 |                                          ^
 *              |                        |  +---- returned ---+---------------- answered ----------------+
 *              +------------------------+---------------------- refused --------------------------------+
 * </pre>
 */
final class LeaderLanes<E> {
    /** Lanes kept beyond those that hold entries; the longest idle are forgotten first. */
    static final int MAX_IDLE_LANES = 200_000;

    private final Effects<E> effects;
    private final long forgetAfterNanos;
    private final Map<String, Map<LaneId, Lane<E>>> lanesByWriter = new HashMap<>();
    private final LinkedHashSet<Lane<E>> idleLanes = new LinkedHashSet<>();
    private int laneCount;

    LeaderLanes(Effects<E> effects, long forgetAfterNanos) {
        this.effects = effects;
        this.forgetAfterNanos = forgetAfterNanos;
    }

    /** What the lanes want done; exactly one {@link #refuse} or {@link LeaderLanes#answered} ends each entry. */
    interface Effects<E> {
        /**
         * The entry may go, behind those of its lane that were released before it: {@link LeaderLanes#appended}, {@link
         * LeaderLanes#answered} or {@link LeaderLanes#returned} must follow.
         */
        void release(Ticket<E> ticket);

        /** The entry ends here, without having been appended. */
        void refuse(Ticket<E> ticket, RelayError error);
    }

    /** Names a lane. */
    record LaneKey(String writer, long incarnation, long laneId) {
        private LaneId id() {
            return new LaneId(incarnation, laneId);
        }
    }

    /** Takes an entry in; it waits in its lane until it is ready and its turn has come. */
    Ticket<E> add(LaneKey key, int epoch, E entry, long nowNanos) {
        Lane<E> lane = lanesByWriter
                .computeIfAbsent(key.writer(), writer -> new HashMap<>())
                .computeIfAbsent(key.id(), id -> {
                    laneCount++;
                    return new Lane<>(key, epoch);
                });
        idleLanes.remove(lane);
        Ticket<E> ticket = new Ticket<>(lane, epoch, entry);
        lane.unfinished++;
        if (epoch > lane.epoch) {
            lane.epoch = epoch;
            lane.stopped = false;
            refuseQueued(lane, RelayError.STALE_LANE, nowNanos);
        }
        if (epoch < lane.epoch) {
            refuse(ticket, RelayError.STALE_LANE, nowNanos);
        } else if (lane.stopped) {
            refuse(ticket, RelayError.LANE_STOPPED, nowNanos);
        } else {
            lane.queue.add(ticket);
        }
        return ticket;
    }

    /** The entry's bytes are there. Without effect on an entry that was refused meanwhile. */
    void ready(Ticket<E> ticket, long nowNanos) {
        if (ticket.state == State.WAITING) {
            ticket.state = State.READY;
            pump(ticket.lane, nowNanos);
        }
    }

    /** The entry's bytes cannot be had: it will be refused with the error when its turn comes. */
    void failed(Ticket<E> ticket, RelayError error, long nowNanos) {
        if (ticket.state == State.WAITING) {
            ticket.failure = error;
            ready(ticket, nowNanos);
        }
    }

    /** The local append of a released entry is over, well or badly: the next entry may follow. */
    void appended(Ticket<E> ticket, long nowNanos) {
        if (ticket.state == State.RELEASED) {
            ticket.state = State.APPENDED;
            boolean unused = ticket.lane.run.remove(ticket);
            pump(ticket.lane, nowNanos);
        }
    }

    /**
     * Released entries that the produce path has not tried, in the order of their release. They take their places in
     * front of their lanes' queues again, except those that a stop, a fence or a newer epoch has overtaken.
     */
    void returned(List<Ticket<E>> tickets, long nowNanos) {
        for (int i = tickets.size() - 1; i >= 0; i--) {
            Ticket<E> ticket = tickets.get(i);
            Checks.invariant(
                    ticket.state == State.RELEASED, "a returned entry was not released, or is already appended");
            boolean unused = ticket.lane.run.remove(ticket);
            RelayError recall = ticket.recall;
            if (recall == null) {
                ticket.state = State.READY;
                ticket.lane.queue.addFirst(ticket);
            } else {
                refuse(ticket, recall, nowNanos);
            }
        }
        tickets.forEach(ticket -> pump(ticket.lane, nowNanos));
    }

    /** The result of a released entry; a {@link Answer#RESEND} stops the lane for the entry's epoch. */
    void answered(Ticket<E> ticket, Answer answer, long nowNanos) {
        Checks.invariant(
                ticket.state == State.RELEASED || ticket.state == State.APPENDED,
                "a result for an entry that was not released, or that already has one");
        Lane<E> lane = ticket.lane;
        boolean unused = lane.run.remove(ticket);
        if (answer == Answer.RESEND) {
            stop(ticket, nowNanos);
        }
        finish(ticket, nowNanos);
        pump(lane, nowNanos);
    }

    /** Refuses all entries of the writer that are not yet released: a newer connection has taken over. */
    void fence(String writer, long nowNanos) {
        for (Lane<E> lane : lanesOf(writer)) {
            refuseQueued(lane, RelayError.STALE_LANE, nowNanos);
        }
        forgetIdle(writer);
    }

    /** Refuses all entries of all writers that are not yet released. */
    void refuseAll(RelayError error, long nowNanos) {
        for (String writer : List.copyOf(lanesByWriter.keySet())) {
            for (Lane<E> lane : lanesOf(writer)) {
                refuseQueued(lane, error, nowNanos);
            }
        }
    }

    /** The writer's connection has ended: its lanes without entries are forgotten, the others go on. */
    void forgetIdle(String writer) {
        for (Lane<E> lane : lanesOf(writer)) {
            if (lane.unfinished == 0) {
                forget(lane);
            }
        }
    }

    /** Forgets lanes that have been without entries for long. */
    void sweep(long nowNanos) {
        Iterator<Lane<E>> oldestFirst = idleLanes.iterator();
        List<Lane<E>> old = new ArrayList<>();
        int excess = idleLanes.size() - MAX_IDLE_LANES;
        while (oldestFirst.hasNext()) {
            Lane<E> lane = oldestFirst.next();
            if (nowNanos - lane.idleSinceNanos < forgetAfterNanos && old.size() >= excess) {
                break;
            }
            old.add(lane);
        }
        old.forEach(this::forget);
    }

    int laneCount() {
        return laneCount;
    }

    private List<Lane<E>> lanesOf(String writer) {
        return List.copyOf(lanesByWriter.getOrDefault(writer, Map.of()).values());
    }

    private void pump(Lane<E> lane, long nowNanos) {
        if (!lane.run.isEmpty()) {
            return;
        }
        for (Ticket<E> head = lane.queue.peek(); head != null && head.state == State.READY; head = lane.queue.peek()) {
            RelayError failure = head.failure;
            if (failure == null) {
                lane.queue.remove();
                head.state = State.RELEASED;
                lane.run.add(head);
                effects.release(head);
            } else if (lane.run.isEmpty()) {
                lane.queue.remove();
                stop(head, nowNanos);
                refuse(head, failure, nowNanos);
            } else {
                return;
            }
        }
    }

    private void stop(Ticket<E> cause, long nowNanos) {
        Lane<E> lane = cause.lane;
        if (cause.epoch == lane.epoch) {
            lane.stopped = true;
            refuseQueued(lane, RelayError.LANE_STOPPED, nowNanos);
        }
    }

    /** What is released already may still be appended, but does not come back. */
    private void refuseQueued(Lane<E> lane, RelayError error, long nowNanos) {
        for (Ticket<E> released : lane.run) {
            if (released.recall == null) {
                released.recall = error;
            }
        }
        Ticket<E> ticket;
        while ((ticket = lane.queue.poll()) != null) {
            refuse(ticket, error, nowNanos);
        }
    }

    private void refuse(Ticket<E> ticket, RelayError error, long nowNanos) {
        finish(ticket, nowNanos);
        effects.refuse(ticket, error);
    }

    private void finish(Ticket<E> ticket, long nowNanos) {
        Checks.invariant(ticket.state != State.DONE, "an entry ended twice");
        ticket.state = State.DONE;
        Lane<E> lane = ticket.lane;
        lane.unfinished--;
        if (lane.unfinished == 0) {
            lane.idleSinceNanos = nowNanos;
            idleLanes.add(lane);
        }
    }

    private void forget(Lane<E> lane) {
        Map<LaneId, Lane<E>> lanes = lanesByWriter.get(lane.key.writer());
        if (lanes != null && lanes.remove(lane.key.id()) != null) {
            laneCount--;
            idleLanes.remove(lane);
            if (lanes.isEmpty()) {
                lanesByWriter.remove(lane.key.writer());
            }
        }
    }

    /** What an answer means for the entries behind it. */
    enum Answer {
        /** Kafka's client would take it as final: the lane goes on. */
        FINAL,
        /** The proxy will send the entry again: what follows it must not overtake it. */
        RESEND
    }

    private enum State {
        WAITING,
        READY,
        RELEASED,
        APPENDED,
        DONE
    }

    private record LaneId(long incarnation, long laneId) {}

    /** One entry's place in its lane. */
    static final class Ticket<E> {
        private final Lane<E> lane;
        private final int epoch;
        private final E entry;
        private State state = State.WAITING;
        private @Nullable RelayError failure;
        /** What it is refused with if it comes back. Read by the produce path, too. */
        private volatile @Nullable RelayError recall;

        private Ticket(Lane<E> lane, int epoch, E entry) {
            this.lane = lane;
            this.epoch = epoch;
            this.entry = entry;
        }

        E entry() {
            return entry;
        }

        boolean isDone() {
            return state == State.DONE;
        }

        /** Better not tried any more, if it has not been yet. For any thread. */
        boolean isRecalled() {
            return recall != null;
        }

        /** Equal for entries of one lane only. For any thread. */
        Object lane() {
            return lane;
        }
    }

    private static final class Lane<E> {
        private final LaneKey key;
        private final ArrayDeque<Ticket<E>> queue = new ArrayDeque<>();
        private int epoch;
        private boolean stopped;
        /** Released and neither appended nor answered nor back; as many as a proxy may have in flight. */
        private final List<Ticket<E>> run = new ArrayList<>();

        private int unfinished;
        private long idleSinceNanos;

        private Lane(LaneKey key, int epoch) {
            this.key = key;
            this.epoch = epoch;
        }
    }
}
