package io.narrows.proxy.api;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.jspecify.annotations.Nullable;

/**
 * A request about several groups or transactional ids: each coordinator gets those that it coordinates, the responses
 * become one, with an element for each name, in the order in which the client first named it. One per API and client
 * connection; stateless.
 *
 * <p>A request of n names costs n / {@link Coordinators#MAX_NAMES_PER_LOOK_UP} look-ups, one after the other on
 * connections that clients share, and n / {@link #MAX_NAMES_PER_REQUEST} requests on the client's own.
 */
final class CoordinatedListApi<P, R> implements Api {
    static final Set<ApiKeys> KEYS = CoordinatedLists.BY_KEY.keySet();

    static final int MAX_NAMES_PER_REQUEST = 1000;

    /** What changes groups or reads what was changed. */
    private static final Set<ApiKeys> BARRIERS = EnumSet.of(ApiKeys.OFFSET_FETCH, ApiKeys.DELETE_GROUPS);

    private final ApiKeys key;
    private final CoordinatedList<P, R> list;
    private final CoordinatorRoute route;
    private final Errors unreachable;

    private CoordinatedListApi(ApiKeys key, CoordinatedList<P, R> list, CoordinatorRoute route) {
        this.key = key;
        this.list = list;
        this.route = route;
        this.unreachable =
                list.type() == CoordinatorType.GROUP ? GroupApi.UNREACHABLE : Errors.COORDINATOR_NOT_AVAILABLE;
    }

    /** For one of {@link #KEYS}. */
    static CoordinatedListApi<?, ?> of(ApiKeys key, CoordinatorRoute route) {
        return new CoordinatedListApi<>(
                key, Objects.requireNonNull(CoordinatedLists.BY_KEY.get(key), "no API of several names"), route);
    }

    /** What coordinators answered, by name, and the longest of their throttle times. Owned by one request. */
    private static final class Gathered<R> {
        private final Map<String, R> byName = new HashMap<>();

        /** Those whose coordinator may have done what it was asked, but did not say so. */
        private final Set<String> lost = new HashSet<>();

        private int throttleTimeMs;

        private Gathered<R> add(Gathered<R> more) {
            byName.putAll(more.byName);
            lost.addAll(more.lost);
            throttleTimeMs = Math.max(throttleTimeMs, more.throttleTimeMs);
            return this;
        }
    }

    @Override
    public ApiKeys key() {
        return key;
    }

    @Override
    public ExecutionOrder order() {
        return BARRIERS.contains(key) ? ExecutionOrder.BARRIER : ExecutionOrder.ANY;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        if (call.message() instanceof OffsetFetchRequestData one && one.groups().isEmpty()) {
            return route.to(new Coordinators.Key(list.type(), one.groupId()), call, unreachable);
        }
        Map<String, P> asked = new LinkedHashMap<>();
        list.requests()
                .elements()
                .apply(call.message())
                .forEach(element -> asked.putIfAbsent(list.requests().name().apply(element), element));
        if (asked.size() == 1) {
            return route.to(
                    new Coordinators.Key(list.type(), asked.keySet().iterator().next()), call, unreachable);
        }
        return ask(call, asked.values())
                .thenCompose(first -> askMoved(call, asked, first))
                .thenApply(all -> response(call, asked, all));
    }

    /** Asks once more for those whose coordinator was another one. */
    private CompletableFuture<Gathered<R>> askMoved(ApiCall call, Map<String, P> asked, Gathered<R> first) {
        Map<String, P> moved = new LinkedHashMap<>(asked);
        moved.keySet().removeIf(name -> !isMoved(first.byName.get(name)));
        if (moved.isEmpty()) {
            return CompletableFuture.completedFuture(first);
        }
        route.forget(list.type(), moved.keySet());
        moved.keySet().removeAll(first.lost);
        return ask(call, moved.values()).thenApply(first::add);
    }

    private boolean isMoved(@Nullable R element) {
        if (element == null) {
            return false;
        }
        short code = (short) list.results().error().applyAsInt(element);
        return code == Errors.NOT_COORDINATOR.code() || code == Errors.COORDINATOR_NOT_AVAILABLE.code();
    }

    private CompletableFuture<Gathered<R>> ask(ApiCall call, Collection<P> elements) {
        List<String> names = elements.stream().map(list.requests().name()).toList();
        return route.locate(list.type(), names, unreachable).thenCompose(located -> {
            Map<Integer, List<P>> byBroker = new LinkedHashMap<>();
            Map<Errors, List<P>> notFound = new LinkedHashMap<>();
            for (P element : elements) {
                String name = list.requests().name().apply(element);
                Integer broker = located.brokers().get(name);
                List<P> same = broker == null
                        ? notFound.computeIfAbsent(located.error(name), error -> new ArrayList<>())
                        : byBroker.computeIfAbsent(broker, id -> new ArrayList<>());
                same.add(element);
            }
            List<CompletableFuture<Gathered<R>>> parts = new ArrayList<>();
            byBroker.forEach((broker, share) -> parts.add(askInTurn(call, broker, share, new Gathered<>())));
            notFound.forEach((error, share) ->
                    parts.add(CompletableFuture.completedFuture(gather(call, refused(call, share, error)))));
            return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                    .thenApply(unused -> {
                        Gathered<R> all = new Gathered<>();
                        parts.forEach(part -> all.add(part.getNow(new Gathered<>())));
                        return all;
                    });
        });
    }

    /** One request of bounded size after the other. */
    private CompletableFuture<Gathered<R>> askInTurn(ApiCall call, int broker, List<P> share, Gathered<R> before) {
        List<P> now = share.subList(0, Math.min(MAX_NAMES_PER_REQUEST, share.size()));
        List<P> rest = share.subList(now.size(), share.size());
        ApiCall part = call.with(list.requests().request().apply(call.message(), now));
        return route.send(broker, part)
                .handle((response, failure) -> response == null
                        ? lost(call, now, Coordinators.errorOf(failure, unreachable))
                        : gather(call, response))
                .thenApply(before::add)
                .thenCompose(all ->
                        rest.isEmpty() ? CompletableFuture.completedFuture(all) : askInTurn(call, broker, rest, all));
    }

    private Gathered<R> gather(ApiCall call, ApiMessage response) {
        Gathered<R> gathered = new Gathered<>();
        list.results()
                .elements()
                .apply(response)
                .forEach(element -> gathered.byName.put(list.results().name().apply(element), element));
        gathered.throttleTimeMs = Responses.throttleTimeMs(key, response, call.version());
        return gathered;
    }

    private Gathered<R> lost(ApiCall call, List<P> share, Errors error) {
        Gathered<R> gathered = gather(call, refused(call, share, error));
        gathered.lost.addAll(gathered.byName.keySet());
        return gathered;
    }

    private ApiMessage refused(ApiCall call, List<P> share, Errors error) {
        ApiCall part = call.with(list.requests().request().apply(call.message(), share));
        if (ErrorResponses.error(part, error) instanceof Answer.Reply reply) {
            return reply.body();
        }
        throw new IllegalStateException(key + " has no response for " + error);
    }

    private Answer response(ApiCall call, Map<String, P> asked, Gathered<R> all) {
        List<R> elements = new ArrayList<>();
        List<P> unanswered = new ArrayList<>();
        asked.forEach((name, element) -> {
            R result = all.byName.get(name);
            if (result == null) {
                unanswered.add(element);
            } else {
                elements.add(result);
            }
        });
        if (!unanswered.isEmpty()) {
            elements.addAll(list.results().elements().apply(refused(call, unanswered, Errors.UNKNOWN_SERVER_ERROR)));
        }
        return new Answer.Reply(list.results().response().apply(elements, all.throttleTimeMs), all.throttleTimeMs);
    }
}
