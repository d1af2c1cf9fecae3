package io.narrows.proxy.api;

import io.narrows.relay.loop.Loop;
import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.Target.AnyBroker;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
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
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to the real coordinator of a transactional id or group. Remembers a bounded number of coordinators and
 * looks one up again when it says that it is none, or its connection is lost. Owned by the router's loop; {@link #send}
 * and {@link #remember} may be called from any thread.
 */
final class Coordinators {
    private static final int MAX_REMEMBERED = 10_000;
    private static final int MAX_ATTEMPTS = 2;

    /** A broker answers for so many within a few milliseconds, in which it reads nothing else from the connection. */
    static final int MAX_NAMES_PER_LOOK_UP = 1000;

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

    /** What has a coordinator: a transactional id or a group. Has an order, so that names with one hash are found fast. */
    record Key(CoordinatorType type, String name) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparing(Key::type).thenComparing(Key::name);

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

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
        // A stage for each step: what a step throws fails the future, too, or the request would wait for it
        // permanently.
        return CompletableFuture.completedFuture(new Errand(key, call, unreachable, sender))
                .thenComposeAsync(errand -> attempt(errand, 1), loop);
    }

    /** Where coordinators are; what has none has an error. */
    record Located(Map<String, Integer> brokers, Map<String, Errors> errors) {
        Errors error(String name) {
            return errors.getOrDefault(name, Errors.COORDINATOR_NOT_AVAILABLE);
        }
    }

    /**
     * Finds the coordinators of many names. Unknown ones are looked up {@link #MAX_NAMES_PER_LOOK_UP} at a time, one
     * request after the other, and not remembered: a long list must not push out what other clients use.
     */
    CompletableFuture<Located> locate(CoordinatorType type, Collection<String> names, Errors unreachable) {
        Search search = new Search(type, unreachable, new Located(new HashMap<>(), new HashMap<>()));
        return CompletableFuture.completedFuture(names)
                .thenComposeAsync(all -> lookUp(search, withoutKnown(search, all)), loop);
    }

    /** Those whose coordinator is not remembered; the others are located. */
    private List<String> withoutKnown(Search search, Collection<String> names) {
        List<String> unknown = new ArrayList<>();
        for (String name : names) {
            CompletableFuture<Integer> found = known.get(new Key(search.type(), name));
            if (found != null && found.isDone() && !found.isCompletedExceptionally()) {
                search.located().brokers().put(name, found.getNow(-1));
            } else {
                unknown.add(name);
            }
        }
        return unknown;
    }

    /** These have other coordinators than the ones remembered. */
    void forget(CoordinatorType type, Collection<String> names) {
        List<String> copy = List.copyOf(names);
        loop.execute(() -> copy.forEach(name -> {
            CompletableFuture<Integer> unused = known.remove(new Key(type, name));
        }));
    }

    private record Search(CoordinatorType type, Errors unreachable, Located located) {}

    private CompletableFuture<Located> lookUp(Search search, List<String> names) {
        if (names.isEmpty()) {
            return CompletableFuture.completedFuture(search.located());
        }
        List<String> now = names.subList(0, Math.min(MAX_NAMES_PER_LOOK_UP, names.size()));
        List<String> rest = names.subList(now.size(), names.size());
        return ask(search.type(), now)
                .handle(Found::new)
                .thenComposeAsync(
                        found -> {
                            add(search, now, found);
                            return lookUp(search, rest);
                        },
                        loop);
    }

    private record Found(
            @Nullable List<Coordinator> coordinators,
            @Nullable Throwable failure) {}

    private static void add(Search search, List<String> names, Found found) {
        if (found.coordinators() == null) {
            Errors error = errorOf(found.failure(), search.unreachable());
            names.forEach(name -> search.located().errors().put(name, error));
        } else {
            found.coordinators().forEach(one -> add(search, one));
        }
    }

    private static void add(Search search, Coordinator found) {
        Errors error = Errors.forCode(found.errorCode());
        if (error == Errors.NONE) {
            search.located().brokers().put(found.key(), found.nodeId());
        } else {
            search.located().errors().put(found.key(), errorOf(error.exception(), search.unreachable()));
        }
    }

    private CompletableFuture<List<Coordinator>> ask(CoordinatorType type, List<String> names) {
        FindCoordinatorRequestData request =
                new FindCoordinatorRequestData().setKeyType(type.id()).setCoordinatorKeys(List.copyOf(names));
        return upstream.send(new AnyBroker(), ApiKeys.FIND_COORDINATOR, FIRST_VERSION_WITH_KEY_LISTS, "", request)
                .thenApply(response -> ((FindCoordinatorResponseData) response).coordinators());
    }

    private record Errand(Key key, ApiCall call, Errors unreachable, Sender sender) {}

    private record Outcome(
            @Nullable ApiMessage response, @Nullable Throwable failure) {}

    private CompletableFuture<Answer> attempt(Errand errand, int number) {
        CompletableFuture<Integer> coordinator = known.computeIfAbsent(errand.key(), this::lookUp);
        return coordinator
                .thenCompose(id -> errand.sender().send(id, errand.call()))
                .handle(Outcome::new)
                .thenComposeAsync(outcome -> answered(errand, number, coordinator, outcome), loop);
    }

    private CompletableFuture<Answer> answered(
            Errand errand, int number, CompletableFuture<Integer> coordinator, Outcome outcome) {
        ApiMessage response = outcome.response();
        ApiCall call = errand.call();
        Errors error = response == null
                ? errorOf(outcome.failure(), errand.unreachable())
                : CoordinatorErrors.in(response, call.version()).orElse(Errors.NONE);
        if (error != Errors.NONE) {
            boolean ignored = known.remove(errand.key(), coordinator);
        }
        if (response == null) {
            return CompletableFuture.completedFuture(ErrorResponses.error(call, error));
        }
        return error != Errors.NONE && number < MAX_ATTEMPTS
                ? attempt(errand, number + 1)
                : CompletableFuture.completedFuture(
                        new Answer.Reply(response, Responses.throttleTimeMs(call.key(), response, call.version())));
    }

    /** What the client is told of a failure on the way to a coordinator. */
    static Errors errorOf(@Nullable Throwable failure, Errors unreachable) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        // What a broker answered to the look-up is for the client; what happened on the way to it is not.
        return cause instanceof RetriableException || !(cause instanceof ApiException)
                ? unreachable
                : Errors.forException(cause);
    }

    private CompletableFuture<Integer> lookUp(Key key) {
        return ask(key.type(), List.of(key.name())).thenApply(found -> {
            if (found.size() != 1) {
                throw new CoordinatorNotAvailableException("the response of FindCoordinator has another key");
            }
            Errors error = Errors.forCode(found.get(0).errorCode());
            if (error != Errors.NONE) {
                throw error.exception(found.get(0).errorMessage());
            }
            return found.get(0).nodeId();
        });
    }
}
