package io.narrows.proxy.api;

import io.narrows.relay.loop.Loop;
import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.Target.AnyBroker;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.CoordinatorNotAvailableException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;

/**
 * Sends requests to the real coordinator of a transactional id or group. Remembers a bounded number of coordinators and
 * looks one up again when it says that it is none, or its connection is lost. Owned by the router's loop; {@link #send}
 * and {@link #remember} may be called from any thread.
 */
final class Coordinators {
    private static final int MAX_REMEMBERED = 10_000;
    private static final int MAX_ATTEMPTS = 2;
    private static final short FIRST_VERSION_WITH_KEY_LISTS = 4;
    private static final float LOAD_FACTOR = 0.75f;

    private final Upstream upstream;
    private final Loop loop;
    private final Map<Key, CompletableFuture<Integer>> known = new LinkedHashMap<>(16, LOAD_FACTOR, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, CompletableFuture<Integer>> eldest) {
            return size() > MAX_REMEMBERED;
        }
    };

    /** What has a coordinator: a transactional id or a group. */
    record Key(CoordinatorType type, String name) {}

    /** How a request gets to the broker. May be called from the router's loop. */
    interface Sender {
        CompletableFuture<ApiMessage> send(int brokerId, ApiCall call);
    }

    Coordinators(Upstream upstream, Loop loop) {
        this.upstream = upstream;
        this.loop = loop;
    }

    /** A broker has said who coordinates. */
    void remember(Key key, int brokerId) {
        loop.execute(() -> {
            CompletableFuture<Integer> unused = known.put(key, CompletableFuture.completedFuture(brokerId));
        });
    }

    /** Completes with the coordinator's answer, or with {@code unreachable} when none can be reached. */
    CompletableFuture<Answer> send(Key key, ApiCall call, Errors unreachable, Sender sender) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        Errand errand = new Errand(key, call, unreachable, sender, answer);
        loop.execute(() -> attempt(errand, 1));
        return answer;
    }

    private record Errand(Key key, ApiCall call, Errors unreachable, Sender sender, CompletableFuture<Answer> answer) {}

    private void attempt(Errand errand, int number) {
        ApiCall call = errand.call();
        CompletableFuture<Integer> coordinator = known.computeIfAbsent(errand.key(), this::lookUp);
        CompletableFuture<?> unused = coordinator
                .thenCompose(id -> errand.sender().send(id, call))
                .whenComplete((response, failure) -> loop.execute(() -> {
                    Errors error = response == null
                            ? errorOf(failure, errand.unreachable())
                            : CoordinatorErrors.in(response, call.version()).orElse(Errors.NONE);
                    if (error != Errors.NONE) {
                        boolean ignored = known.remove(errand.key(), coordinator);
                    }
                    if (response != null && error != Errors.NONE && number < MAX_ATTEMPTS) {
                        attempt(errand, number + 1);
                    } else {
                        boolean ignored = errand.answer()
                                .complete(
                                        response == null
                                                ? Replies.error(call, error)
                                                : new Answer.Reply(
                                                        response,
                                                        Responses.throttleTimeMs(
                                                                call.key(), response, call.version())));
                    }
                }));
    }

    private static Errors errorOf(Throwable failure, Errors unreachable) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        // What a broker answered to the look-up is for the client; what happened on the way to it is not.
        return cause instanceof RetriableException || !(cause instanceof ApiException)
                ? unreachable
                : Errors.forException(cause);
    }

    private CompletableFuture<Integer> lookUp(Key key) {
        FindCoordinatorRequestData request =
                new FindCoordinatorRequestData().setKeyType(key.type().id()).setCoordinatorKeys(List.of(key.name()));
        return upstream.send(new AnyBroker(), ApiKeys.FIND_COORDINATOR, FIRST_VERSION_WITH_KEY_LISTS, "", request)
                .thenApply(response -> {
                    List<Coordinator> found = ((FindCoordinatorResponseData) response).coordinators();
                    if (found.size() != 1) {
                        throw new CoordinatorNotAvailableException("a broker answered for another key");
                    }
                    Errors error = Errors.forCode(found.get(0).errorCode());
                    if (error != Errors.NONE) {
                        throw error.exception(found.get(0).errorMessage());
                    }
                    return found.get(0).nodeId();
                });
    }
}
