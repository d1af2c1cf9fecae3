package io.narrows.proxy.api;

import io.narrows.proxy.fetch.ClientFetcher;
import io.narrows.proxy.fetch.FetchCall;
import io.narrows.proxy.fetch.RecordsReply;
import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.relay.loop.Loop;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.jspecify.annotations.Nullable;

/**
 * Fetch of consumers: served by the connection's fetcher, with the proxy's nodes in the place of brokers. A connection
 * has at most one incremental session, which ends with it. One per client connection, owned by its event loop.
 */
final class FetchApi implements Api {
    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 13;

    private static final byte READ_UNCOMMITTED = IsolationLevel.READ_UNCOMMITTED.id();
    private static final byte READ_COMMITTED = IsolationLevel.READ_COMMITTED.id();

    private final ClientFetcher fetcher;
    private final VirtualCluster cluster;
    private final FetchSessions sessions;
    private final Loop loop;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private @Nullable FetchSession session;
    private boolean serving;

    /** A fetch behind another one. */
    private record Waiting(ApiCall call, Client client, CompletableFuture<Answer> answer) {}

    FetchApi(ClientFetcher fetcher, VirtualCluster cluster, FetchSessions sessions, Loop loop) {
        this.fetcher = fetcher;
        this.cluster = cluster;
        this.sessions = sessions;
        this.loop = loop;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.FETCH;
    }

    /** This class keeps fetches in order. */
    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.ANY;
    }

    /**
     * One at a time, as a broker does: a few bytes stand for all partitions of a session, so a fetch becomes what it asks for
     * when its turn comes.
     */
    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        if (!serving) {
            return serve(call, client);
        }
        Waiting next = new Waiting(call, client, new CompletableFuture<>());
        waiting.add(next);
        return next.answer();
    }

    private CompletableFuture<Answer> serve(ApiCall call, Client client) {
        serving = true;
        CompletableFuture<Answer> answer;
        try {
            answer = start(call, client);
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        if (answer.isDone()) {
            serving = false;
            return answer;
        }
        BiConsumer<@Nullable Answer, @Nullable Throwable> next = (unused, failure) -> onAnswer();
        return answer.whenComplete(next);
    }

    private void onAnswer() {
        serving = false;
        while (!serving && !waiting.isEmpty()) {
            Waiting next = waiting.remove();
            BiConsumer<@Nullable Answer, @Nullable Throwable> pass = (answer, failure) -> {
                boolean unused = answer == null
                        ? next.answer().completeExceptionally(failure)
                        : next.answer().complete(answer);
            };
            CompletableFuture<Answer> unused = serve(next.call(), next.client()).whenComplete(pass);
        }
    }

    private CompletableFuture<Answer> start(ApiCall call, Client client) {
        FetchRequestData request = (FetchRequestData) call.message();
        if (request.isolationLevel() < READ_UNCOMMITTED || request.isolationLevel() > READ_COMMITTED) {
            return refuse(call, Errors.UNKNOWN_SERVER_ERROR);
        }
        if (FetchRequest.isValidBrokerId(FetchRequest.replicaId(request))) {
            return CompletableFuture.completedFuture(new Answer.Reply(notHere(request)));
        }
        request.setMaxWaitMs(MaxWait.of(request.maxWaitMs()));
        FetchMetadata metadata = new FetchMetadata(request.sessionId(), request.sessionEpoch());
        if (!metadata.isFull()) {
            return next(call, request, client);
        }
        end();
        boolean wantsOne = metadata.epoch() == FetchMetadata.INITIAL_EPOCH
                && !request.topics().isEmpty();
        Optional<FetchSession> opened = wantsOne ? open(call, request) : Optional.empty();
        session = opened.orElse(null);
        return fetch(call, request, client, response -> opened.ifPresent(mine -> mine.told(response)));
    }

    private Optional<FetchSession> open(ApiCall call, FetchRequestData request) {
        int size = request.topics().stream()
                .mapToInt(topic -> topic.partitions().size())
                .sum();
        return sessions.maybeTake(size, loop.nanoTime())
                .map(slot -> new FetchSession(slot, hasTopicIds(call), request));
    }

    private CompletableFuture<Answer> next(ApiCall call, FetchRequestData request, Client client) {
        FetchSession mine = session;
        if (mine == null || mine.slot.id != request.sessionId() || mine.slot.isEvicted()) {
            return refuseSession(Errors.FETCH_SESSION_ID_NOT_FOUND);
        } else if (mine.nextEpoch() != request.sessionEpoch()) {
            return refuseSession(Errors.INVALID_FETCH_SESSION_EPOCH);
        } else if (mine.usesTopicIds != hasTopicIds(call)) {
            return refuseSession(Errors.FETCH_SESSION_TOPIC_ID_ERROR);
        }
        mine.change(request);
        if (mine.size() == 0) {
            end();
            return fetch(call, mine.whole(request), client, response -> {});
        } else if (!sessions.touch(mine.slot, mine.size(), loop.nanoTime())) {
            end();
            return refuseSession(Errors.FETCH_SESSION_ID_NOT_FOUND);
        }
        mine.advance();
        return fetch(call, mine.whole(request), client, mine::tellNews);
    }

    private static boolean hasTopicIds(ApiCall call) {
        return call.version() >= FIRST_VERSION_WITH_TOPIC_IDS;
    }

    /** Without the session, as brokers do. */
    private static CompletableFuture<Answer> refuseSession(Errors error) {
        return CompletableFuture.completedFuture(new Answer.Reply(new FetchResponseData().setErrorCode(error.code())));
    }

    private static CompletableFuture<Answer> refuse(ApiCall call, Errors error) {
        return CompletableFuture.completedFuture(ErrorResponses.error(call, error));
    }

    private CompletableFuture<Answer> fetch(
            ApiCall call, FetchRequestData request, Client client, Consumer<FetchResponseData> session) {
        if (cluster.isElsewhere()) {
            FetchResponseData refused = notHere(request);
            session.accept(refused);
            return CompletableFuture.completedFuture(new Answer.Reply(refused));
        }
        return fetcher.fetch(new FetchCall(call.version(), call.clientId(), request))
                .<Answer>thenApply(reply -> {
                    try {
                        session.accept(reply.data());
                        return rewrite(reply, client);
                    } catch (RuntimeException e) {
                        reply.release();
                        throw e;
                    }
                })
                .exceptionally(failure -> left());
    }

    /**
     * To a client that claims to be a broker's replica, none of which is here; and while this proxy stops: its clients are to
     * look where the partitions are now, before their connection ends. There is no hint, because clients take one with a
     * newer leader epoch only, and no leader has changed.
     */
    private static FetchResponseData notHere(FetchRequestData request) {
        FetchResponseData response = new FetchResponseData();
        for (FetchTopic topic : request.topics()) {
            FetchableTopicResponse answer =
                    new FetchableTopicResponse().setTopic(topic.topic()).setTopicId(topic.topicId());
            topic.partitions()
                    .forEach(partition -> answer.partitions()
                            .add(FetchResponse.partitionResponse(
                                    partition.partition(), Errors.NOT_LEADER_OR_FOLLOWER)));
            response.responses().add(answer);
        }
        return response;
    }

    private Answer rewrite(RecordsReply<FetchResponseData> reply, Client client) {
        cluster.seenBy(client.software()).rewrite(reply.data(), client.advertised());
        return new Answer.Fetched(reply);
    }

    /** The client has left. */
    void close() {
        for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
            boolean unused = next.answer().complete(left());
        }
        end();
    }

    private static Answer left() {
        return new Answer.Hangup("the client has left");
    }

    /** The session ends, if there is one: the client opens another, or has left. */
    private void end() {
        FetchSession mine = session;
        session = null;
        if (mine != null) {
            sessions.giveBack(mine.slot);
        }
    }
}
