package io.narrows.proxy.api;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;

/**
 * How the messages of an API that lists groups or transactional ids are divided by coordinator and put together.
 *
 * @param <P> an element of the request
 * @param <R> an element of the response
 */
record CoordinatedList<P, R>(CoordinatorType type, Requests<P> requests, Results<R> results) {
    /**
     * The request.
     *
     * @param elements none when the request names one group outside its list
     * @param name the group or transactional id of an element
     * @param request a request like the one given, with these elements
     */
    record Requests<P>(
            Function<ApiMessage, List<P>> elements,
            Function<P, String> name,
            BiFunction<ApiMessage, List<P>, ApiMessage> request) {}

    /**
     * The response.
     *
     * @param error an element's error code
     * @param response a response of these elements, which it may take over, with a throttle time in milliseconds
     */
    record Results<R>(
            Function<ApiMessage, List<R>> elements,
            Function<R, String> name,
            ToIntFunction<R> error,
            BiFunction<List<R>, Integer, ApiMessage> response) {}
}
