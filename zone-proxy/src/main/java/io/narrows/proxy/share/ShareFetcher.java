package io.narrows.proxy.share;

import io.narrows.proxy.fetch.RecordsReply;
import io.narrows.relay.loop.Loop;
import io.narrows.router.topology.Topology;
import io.narrows.router.upstream.ClientUpstream;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ShareRequestMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Serves the ShareFetches of one client connection, one round after the other. The client's share session becomes one
 * session per leader, each with its own epochs; records that a leader has acquired too late for a round wait for the
 * next. Owned by the event loop of the client's connection; owns the answers it holds.
 *
 * <pre>
 *   fetch --> session and epoch checked --> leaders known --> leaders asked --+--> reply
 *                                                    ^--- late answers, held -+
 * </pre>
 */
public final class ShareFetcher implements AutoCloseable {
    /** A session with more is refused: a bound for what a client can make us remember. */
    private static final int MAX_PARTITIONS = 50_000;

    /** From the end of a fetch with an error to the next one: the retry.backoff.ms of clients. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Dependencies dependencies;
    private final ShareCalls calls;
    private final ShareLeaders leaders;
    private final ArrayDeque<Turn> waiting = new ArrayDeque<>();
    private @Nullable ShareRounds rounds;
    private @Nullable ShareRound serving;
    private boolean closed;

    /** Runs while the next fetch may not begin; belongs to the connection, as clients answer errors with new sessions. */
    private Loop.@Nullable Timer pause;

    /** The fetch that is served and waits for the end of the pause. */
    private @Nullable ShareRound paused;

    /** A round that waits for those before it. */
    private record Turn(ShareRound round, Consumer<ShareRound> start) {}

    /** What a fetcher works with; {@code upstream} belongs to the caller; {@code random} makes member ids;
     * {@code capacity} is of all clients.
     */
    public record Dependencies(
            ClientUpstream upstream, Topology topology, Loop loop, Random random, ShareCapacity capacity) {}

    public ShareFetcher(Dependencies dependencies) {
        this.dependencies = dependencies;
        this.calls = new ShareCalls(dependencies.upstream());
        this.leaders = new ShareLeaders(dependencies.topology());
    }

    /**
     * Completes on the loop; the caller releases the reply. Fails with the error that the whole answer is, or when the
     * fetcher is closed before.
     */
    public CompletableFuture<RecordsReply<ShareFetchResponseData>> fetch(ShareCall call) {
        dependencies.loop().assertInLoop();
        return submit(new ShareRound(call), this::start);
    }

    /**
     * What the client says of records outside of a fetch; completes with the answer in the form of a ShareFetch without
     * records. Fails as {@link #fetch} does.
     */
    public CompletableFuture<RecordsReply<ShareFetchResponseData>> acknowledge(ShareCall call) {
        dependencies.loop().assertInLoop();
        return submit(new ShareRound(call), this::startAcknowledging);
    }

    private CompletableFuture<RecordsReply<ShareFetchResponseData>> submit(
            ShareRound round, Consumer<ShareRound> start) {
        if (closed) {
            return CompletableFuture.failedFuture(left());
        }
        waiting.add(new Turn(round, start));
        if (round.isLast()) {
            endPausedFetch();
        }
        next();
        return round.answered;
    }

    private void next() {
        while (serving == null && !closed && !waiting.isEmpty()) {
            Turn turn = waiting.remove();
            serving = turn.round();
            turn.start().accept(turn.round());
        }
    }

    private void done() {
        serving = null;
        next();
    }

    private void refuse(ShareRound round, Errors error) {
        boolean unused = round.answered.completeExceptionally(error.exception());
        done();
    }

    private void start(ShareRound round) {
        ShareFetchRequestData request = round.call.request();
        if (hasNoMember(request)) {
            refuse(round, Errors.INVALID_REQUEST);
            return;
        }
        ShareRounds mine = rounds;
        int epoch = request.shareSessionEpoch();
        if (epoch == ShareRequestMetadata.INITIAL_EPOCH) {
            if (!round.acknowledgements().isEmpty()) {
                refuse(round, Errors.INVALID_REQUEST);
                return;
            }
            endSession();
            if (!dependencies.capacity().tryOpen()) {
                refuse(round, Errors.SHARE_SESSION_LIMIT_REACHED);
                return;
            }
            mine = open(request.groupId(), request.memberId());
        } else if (mine == null || !mine.session().isOf(request.groupId(), request.memberId())) {
            refuse(round, Errors.SHARE_SESSION_NOT_FOUND);
            return;
        } else if (round.isLast()) {
            startAcknowledging(round);
            return;
        } else if (epoch != mine.session().nextEpoch()) {
            refuse(round, Errors.INVALID_SHARE_SESSION_EPOCH);
            return;
        } else {
            mine.session().advance();
        }
        ShareSession session = mine.session();
        session.change(request);
        if (session.partitions.size() > MAX_PARTITIONS) {
            endSession();
            refuse(round, Errors.INVALID_REQUEST);
            return;
        }
        int more = session.partitions.size() - session.counted;
        if (!dependencies.capacity().tryGrow(more)) {
            endSession();
            refuse(round, Errors.SHARE_SESSION_LIMIT_REACHED);
            return;
        }
        session.counted += more;
        if (pause != null) {
            paused = round;
        } else {
            lookUp(mine, round);
        }
    }

    private void pause() {
        if (pause != null) {
            pause.cancel();
        }
        pause = dependencies.loop().schedule(PAUSE_NANOS, () -> {
            pause = null;
            ShareRound round = paused;
            paused = null;
            ShareRounds mine = rounds;
            if (round != null && mine != null) {
                lookUp(mine, round);
            }
        });
    }

    /** The client closes its session: a fetch that waits for the end of the pause only says what became of records. */
    private void endPausedFetch() {
        ShareRound round = paused;
        ShareRounds mine = rounds;
        paused = null;
        if (round != null && mine != null) {
            mine.acknowledge(round);
        }
    }

    private void lookUp(ShareRounds asked, ShareRound round) {
        CompletableFuture<?> unused = leaders.known(asked.session().partitions)
                .whenComplete((view, failure) -> onLoop(() -> {
                    // A look-up without an answer says nothing about the topic.
                    asked.session().unknownTopic =
                            failure == null ? Errors.UNKNOWN_TOPIC_ID : Errors.NOT_LEADER_OR_FOLLOWER;
                    asked.begin(round);
                }));
    }

    private ShareRounds open(String groupId, String memberId) {
        Uuid id =
                new Uuid(dependencies.random().nextLong(), dependencies.random().nextLong());
        ShareRounds opened = new ShareRounds(
                new ShareSession(groupId, memberId, id.toString()), calls, leaders, dependencies.loop(), this::finish);
        rounds = opened;
        return opened;
    }

    private static boolean hasNoMember(ShareFetchRequestData request) {
        return request.groupId() == null
                || request.memberId() == null
                || request.memberId().isEmpty();
    }

    /** An acknowledgement by itself, or the end of the session. */
    private void startAcknowledging(ShareRound round) {
        ShareFetchRequestData request = round.call.request();
        if (hasNoMember(request)) {
            refuse(round, Errors.INVALID_REQUEST);
            return;
        }
        if (request.shareSessionEpoch() == ShareRequestMetadata.INITIAL_EPOCH) {
            // Only a fetch opens a session.
            refuse(round, Errors.INVALID_SHARE_SESSION_EPOCH);
            return;
        }
        ShareRounds mine = rounds;
        if (mine == null || !mine.session().isOf(request.groupId(), request.memberId())) {
            refuse(round, Errors.SHARE_SESSION_NOT_FOUND);
            return;
        }
        if (!round.isLast() && request.shareSessionEpoch() != mine.session().nextEpoch()) {
            refuse(round, Errors.INVALID_SHARE_SESSION_EPOCH);
            return;
        }
        mine.session().advance();
        mine.acknowledge(round);
    }

    private void finish(ShareRound round) {
        if (round.isLast()) {
            endSession();
        }
        RecordsReply<ShareFetchResponseData> reply = round.reply();
        if (!round.answered.complete(reply)) {
            reply.release();
        }
        if (round.isFailed()) {
            pause();
        }
        done();
    }

    /** Answers the fetch that waits for records with what is there. On the loop. */
    public void endWait() {
        ShareRounds mine = rounds;
        if (mine != null) {
            mine.endWait();
        }
    }

    private void endSession() {
        ShareRounds old = rounds;
        rounds = null;
        if (old != null) {
            dependencies.capacity().giveBack(old.session().counted);
            old.end();
        }
    }

    private void onLoop(Runnable task) {
        try {
            dependencies.loop().execute(() -> {
                if (!closed) {
                    task.run();
                }
            });
        } catch (RejectedExecutionException e) {
            closed = true;
        }
    }

    private static DisconnectException left() {
        return new DisconnectException("The client has left");
    }

    /**
     * Releases what is held and ends every fetch, also one whose leaders are still looked up or that waits for its turn;
     * brokers see the end of their connections and give back what was acquired. On the loop.
     */
    @Override
    public void close() {
        closed = true;
        paused = null;
        if (pause != null) {
            pause.cancel();
            pause = null;
        }
        ShareRounds mine = rounds;
        rounds = null;
        if (mine != null) {
            dependencies.capacity().giveBack(mine.session().counted);
            mine.abandon();
        }
        ShareRound round = serving;
        serving = null;
        if (round != null) {
            round.abandon();
            boolean unused = round.answered.completeExceptionally(left());
        }
        while (!waiting.isEmpty()) {
            boolean unused = waiting.remove().round().answered.completeExceptionally(left());
        }
    }
}
