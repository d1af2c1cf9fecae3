package io.narrows.router.produce;

import io.narrows.relay.loop.Loop;
import io.narrows.relay.rpc.AppendResult;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.RelayConnection;
import io.narrows.relay.rpc.RelayError;
import io.narrows.router.lane.EntryState;
import io.narrows.router.lane.Lane;
import io.narrows.router.lane.LaneEntry;
import io.narrows.router.policy.PathPolicy;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a leader: collects the entries of a loop tick into one frame, sends a batch that is larger than a
 * frame in parts beside the frames, and matches results to entries by (connection, request id, index). An entry that
 * cannot be encoded ends alone. Owned by the router's loop.
 */
final class LeaderSession implements RelayConnection.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderSession.class);

    private static final int MAX_FRAME_ENTRIES = 4096;
    private static final String NOT_SENDABLE = "The batch cannot be sent to its leader: ";
    private static final long PART_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final int brokerId;
    private final Dependencies dependencies;
    private final Loop loop;
    private final Owner owner;
    private final Map<Long, SentFrame> unanswered = new LinkedHashMap<>();
    /** Lanes with an entry that ends here: what is behind it waits until the lane has been told. */
    private final Set<Lane> failing = new HashSet<>();

    private FrameBuilder outgoing = new FrameBuilder(0);
    private @Nullable LargeSend large;
    private boolean flushScheduled;
    private long nextRequestId = 1;
    private long nextBatchNumber = 1;
    private boolean ending;
    private boolean lost;
    private @Nullable RelayConnection connection;
    private int frameBytes;
    private boolean local;

    /** The link that the connection belongs to. */
    interface Owner {
        /** There is room: lanes that wait may send. */
        void pumpWaiting();

        /** The lane, if it waits, lets the others go first. */
        void waitBehindOthers(Lane lane);

        /** The leader has answered something. */
        void answered();

        /** The connection is gone; false if the link has been closed. */
        boolean lost(Throwable cause);
    }

    /** Takes leaders' answers, on the router's loop. */
    interface Results {
        void onResult(int leaderId, LaneEntry entry, EntryResult result);
    }

    /** What connections work with; the router owns all of it. */
    record Dependencies(
            Loop loop, RouterConfig.Limits limits, PathPolicy policy, RouterMetrics metrics, Results results) {}

    LeaderSession(int brokerId, Dependencies dependencies, Owner owner) {
        this.brokerId = brokerId;
        this.dependencies = dependencies;
        this.loop = dependencies.loop();
        this.owner = owner;
    }

    void open(RelayConnection opened) {
        connection = opened;
        frameBytes = Math.min(dependencies.limits().frameBytes(), opened.peer().maxFrameBytes() / 2);
        local = dependencies.policy().isLocal(opened.peer().zone());
        outgoing = newFrame();
    }

    RelayConnection connection() {
        RelayConnection open = connection;
        if (open == null) {
            throw new IllegalStateException("invariant violated: used before it was open");
        }
        return open;
    }

    int unanswered() {
        return unanswered.size();
    }

    /** Puts the entry on its way; false when there is no room for it now. */
    boolean take(LaneEntry entry) {
        LargeSend sending = large;
        boolean mustWait = lost
                || ending
                || !connection().isWritable()
                || failing.contains(entry.lane())
                || (sending != null && sending.isOf(entry.lane()));
        if (mustWait) {
            return false;
        }
        int payloadBytes = FrameBuilder.payloadBytes(entry, local);
        if (payloadBytes > frameBytes) {
            return sending == null && takeLarge(entry);
        }
        if (outgoing.isFull(frameBytes, MAX_FRAME_ENTRIES) || !outgoing.takes(entry, local)) {
            return false;
        }
        try {
            outgoing.add(entry, local);
        } catch (IllegalArgumentException e) {
            failLater(entry, Errors.UNKNOWN_SERVER_ERROR, NOT_SENDABLE + e.getMessage());
            return true;
        }
        if (!flushScheduled) {
            flushScheduled = true;
            loop.execute(this::flush);
        }
        return true;
    }

    private boolean takeLarge(LaneEntry entry) {
        int most = connection().peer().maxBatchBytes();
        if (entry.lengthBytes() > most) {
            failLater(
                    entry,
                    Errors.MESSAGE_TOO_LARGE,
                    "The batch has " + entry.lengthBytes() + " bytes; its leader, broker " + brokerId
                            + ", accepts at most " + most + " (socket.request.max.bytes of the broker)");
            return true;
        }
        LargeSend begun = new LargeSend(nextBatchNumber++, entry, local, loop.nanoTime());
        large = begun;
        begun.announce(connection());
        return true;
    }

    /** At the end of the tick: what has become sendable together leaves together. */
    private void flush() {
        flushScheduled = false;
        if (lost || ending || outgoing.isEmpty()) {
            return;
        }
        FrameBuilder full = outgoing;
        outgoing = newFrame();
        if (!send(full)) {
            sendOneByOne(full.entries());
        }
        if (connection().isWritable()) {
            owner.pumpWaiting();
        }
    }

    private FrameBuilder newFrame() {
        return new FrameBuilder(connection().peer().maxFrameBytes());
    }

    /** False, and nothing was sent, if the frame could not be encoded. */
    private boolean send(FrameBuilder frame) {
        long requestId = nextRequestId++;
        unanswered.put(requestId, frame.sent(loop.nanoTime(), dependencies.limits()));
        try {
            connection().send(frame.build(requestId));
        } catch (RuntimeException | OutOfMemoryError e) {
            unanswered.remove(requestId);
            LOG.atError()
                    .addKeyValue("leader", brokerId)
                    .addKeyValue("entries", frame.entries().size())
                    .setCause(e)
                    .log("Relay frame could not be encoded");
            return false;
        }
        dependencies.metrics().frames.inc();
        return true;
    }

    /**
     * So that only those end that are the reason. What is behind one of them in its lane must not overtake it, and what is
     * behind that must wait until the lane knows.
     */
    private void sendOneByOne(List<LaneEntry> entries) {
        Set<Lane> broken = new HashSet<>();
        for (LaneEntry entry : entries) {
            Lane lane = entry.lane();
            if (lost || broken.contains(lane)) {
                lane.onNotSent(entry);
            } else if (!sendAlone(entry)) {
                broken.add(lane);
                failing.add(lane);
                dependencies
                        .results()
                        .onResult(
                                brokerId,
                                entry,
                                failure(Errors.UNKNOWN_SERVER_ERROR, NOT_SENDABLE + "its frame cannot be encoded"));
            }
        }
        failing.removeAll(broken);
        LargeSend sending = large;
        if (sending != null && broken.contains(sending.entry().lane())) {
            end();
        }
    }

    /** Nothing more is sent; everything that is not answered is lost with the connection. */
    private void end() {
        ending = true;
        connection().close();
    }

    private boolean sendAlone(LaneEntry entry) {
        if (entry.state() != EntryState.SENT) {
            return false;
        }
        FrameBuilder alone = newFrame();
        alone.add(entry, local);
        return send(alone);
    }

    /** Not while the lane's own step runs. */
    private void failLater(LaneEntry entry, Errors error, String message) {
        failing.add(entry.lane());
        loop.execute(() -> {
            failing.remove(entry.lane());
            dependencies.results().onResult(brokerId, entry, failure(error, message));
        });
    }

    private static EntryResult failure(Errors error, String message) {
        return new EntryResult(0, RelayError.INVALID_MESSAGE, error.code(), -1, -1, -1, 0, -1, -1, message, List.of());
    }

    @Override
    public void onGranted(long number) {
        LargeSend sending = large;
        if (sending != null && sending.granted(number, loop.nanoTime())) {
            sendParts();
        }
    }

    private void sendParts() {
        LargeSend sending = large;
        if (lost || ending || sending == null || !sending.isGranted()) {
            return;
        }
        try {
            sending.sendParts(connection(), loop.nanoTime());
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.atError().addKeyValue("leader", brokerId).setCause(e).log("Part of a batch could not be sent");
            var unused = loop.schedule(PART_RETRY_NANOS, this::sendParts);
            return;
        }
        if (sending.isSent()) {
            finish(sending);
        }
    }

    private void finish(LargeSend sent) {
        LaneEntry entry = sent.entry();
        // What is before it in its lane may still be in the frame that is being filled; the next large one has to wait.
        flush();
        if (ending || lost) {
            return;
        }
        FrameBuilder alone = newFrame();
        alone.addInParts(entry, local);
        if (!send(alone)) {
            // The leader has bytes without an entry: only a new connection is without them.
            end();
            return;
        }
        large = null;
        sent.release();
        owner.waitBehindOthers(entry.lane());
        owner.pumpWaiting();
    }

    /** A batch whose client has been told that its time is over is not sent, unless a part of it is in flight already. */
    void withdrawExpired() {
        LargeSend sending = large;
        if (sending != null
                && !ending
                && !sending.isGranted()
                && sending.entry().state() == EntryState.ABANDONED) {
            large = null;
            connection().withdraw(sending.number());
            sending.release();
            sending.entry().lane().onNotSent(sending.entry());
            owner.pumpWaiting();
        }
    }

    boolean isStalled(long now) {
        LargeSend sending = large;
        long patience = dependencies.limits().requestTimeoutNanos();
        return (!unanswered.isEmpty() && unanswered.values().iterator().next().isOverdue(now))
                || (sending != null && sending.isStalled(now, patience));
    }

    @Override
    public void onResult(AppendResult result) {
        loop.assertInLoop();
        SentFrame frame = unanswered.get(result.requestId());
        if (frame == null) {
            dependencies.metrics().unexpectedResults.inc();
            return;
        }
        owner.answered();
        List<EntryResult> results = result.results();
        for (int i = 0; i < results.size(); i++) {
            EntryResult entryResult = results.get(i);
            LaneEntry entry = frame.take(entryResult.entryIndex());
            if (entry == null) {
                dependencies.metrics().unexpectedResults.inc();
            } else {
                dependencies.results().onResult(brokerId, entry, entryResult);
            }
        }
        if (frame.isAnswered()) {
            unanswered.remove(result.requestId());
        }
    }

    @Override
    public void onWritable() {
        owner.pumpWaiting();
        // Behind the frame that lanes have just filled: a large batch takes what others leave.
        loop.execute(this::sendParts);
    }

    @Override
    public void onClosed(Throwable cause) {
        loop.assertInLoop();
        if (!lost && owner.lost(cause)) {
            loseAll();
        }
    }

    /** In the order of sending, so that lanes learn it in order. */
    void loseAll() {
        lost = true;
        for (SentFrame frame : unanswered.values()) {
            frame.forEachUnanswered(entry -> entry.lane().onLost(entry));
        }
        unanswered.clear();
        outgoing.discard(entry -> entry.lane().onNotSent(entry));
        LargeSend sending = large;
        if (sending != null) {
            large = null;
            sending.release();
            sending.entry().lane().onNotSent(sending.entry());
        }
    }
}
