package io.narrows.proxy.api;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/**
 * A request about a list of things, of which some are refused while the rest is answered. Immutable.
 *
 * @param <E> an element of the list
 * @param refuses whether an element of a request is refused
 * @param with the same request with other elements
 * @param append adds what its second argument, a response, says of elements to its first
 */
record RequestElements<E>(
        Function<ApiMessage, ? extends Iterable<E>> elements,
        BiPredicate<ApiMessage, E> refuses,
        BiFunction<ApiMessage, List<E>, ApiMessage> with,
        BiConsumer<ApiMessage, ApiMessage> append) {
    /** Elements that are refused get {@code error}, as from a broker; {@code next} answers for the others. */
    CompletableFuture<Answer> answer(ApiCall call, Errors error, PermittedHandler next) {
        ApiMessage request = call.message();
        List<E> refused = select(request, true);
        if (refused.isEmpty()) {
            return next.answer(call);
        }
        Answer refusal = ErrorResponses.error(call.with(with.apply(request, refused)), error);
        List<E> rest = select(request, false);
        return rest.isEmpty()
                ? CompletableFuture.completedFuture(refusal)
                : next.answer(call.with(with.apply(request, rest))).thenApply(answer -> join(answer, refusal));
    }

    private List<E> select(ApiMessage request, boolean refused) {
        List<E> selected = new ArrayList<>();
        for (E element : elements.apply(request)) {
            if (refuses.test(request, element) == refused) {
                selected.add(element);
            }
        }
        return selected;
    }

    private Answer join(Answer answer, Answer refusal) {
        if (answer instanceof Answer.Reply reply && refusal instanceof Answer.Reply refused) {
            append.accept(reply.body(), refused.body());
        }
        return answer;
    }
}
