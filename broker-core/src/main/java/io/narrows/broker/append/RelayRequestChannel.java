package io.narrows.broker.append;

import java.util.Map;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import kafka.network.RequestChannel;
import org.apache.kafka.common.network.Send;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.network.metrics.RequestChannelMetrics;
import org.apache.kafka.server.common.RequestLocal;
import org.jspecify.annotations.Nullable;
import scala.Function1;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * The queue between the relay and its handler threads, and where their responses come out. Unbounded, because a bounded
 * queue would block the threads that release the next entry: the relay's memory budget is the bound. Shares the request
 * metrics of the stock listener, so {@link #shutdown} must not be called: it would close them. Thread-safe.
 */
final class RelayRequestChannel extends RequestChannel {
    private final LinkedBlockingDeque<RequestChannel.BaseRequest> queue = new LinkedBlockingDeque<>();
    /** What the calling handler thread goes on with. */
    private static final ThreadLocal<@Nullable RelayRequest> FOLLOWING = new ThreadLocal<>();

    private final Answers answers;
    private final Time time;

    /** Takes the outcome of a request; called on whichever thread completes it. */
    interface Answers {
        void response(RelayRequest request, ProduceResponse response);

        /** The outcome of a request without acknowledgement. */
        void silent(RelayRequest request, Errors error);

        /** Kafka's code failed without answering. */
        void crashed(RelayRequest request, Throwable cause);
    }

    RelayRequestChannel(Time time, RequestChannelMetrics metrics, Answers answers) {
        super(1, time, metrics);
        this.time = time;
        this.answers = answers;
    }

    @Override
    public void sendRequest(RequestChannel.Request request) {
        queue.addLast(request);
    }

    /** To be called by a handler thread, which gets this request next. */
    void follow(RelayRequest request) {
        FOLLOWING.set(request);
    }

    /** Callbacks have waited already, so they go first. They keep their request as the thread's current one. */
    @Override
    public void sendCallbackRequest(RequestChannel.CallbackRequest callback) {
        RelayRequest request = (RelayRequest) callback.originalRequest();
        Function1<RequestLocal, BoxedUnit> function = callback.fun();
        queue.addFirst(new RequestChannel.CallbackRequest(
                requestLocal -> {
                    request.runAsCurrent(() -> runGuarded(request, () -> function.apply(requestLocal)));
                    return BoxedUnit.UNIT;
                },
                request));
    }

    /** The stock handler thread logs what a callback throws and leaves its request without an answer. */
    private void runGuarded(RelayRequest request, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            answers.crashed(request, e);
            throw e;
        }
    }

    @Override
    public void sendShutdownRequest() {
        queue.addLast(RequestChannel.ShutdownRequest$.MODULE$);
    }

    @Override
    public RequestChannel.@Nullable BaseRequest receiveRequest(long timeoutMs) {
        RelayRequest next = FOLLOWING.get();
        if (next != null) {
            FOLLOWING.remove();
            return next;
        }
        try {
            return queue.pollFirst(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return RequestChannel.ShutdownRequest$.MODULE$;
        }
    }

    @Override
    public void sendResponse(
            RequestChannel.Request request, AbstractResponse response, Option<Function1<Send, BoxedUnit>> onComplete) {
        updateErrorMetrics(ApiKeys.PRODUCE, CollectionConverters.asScala(response.errorCounts()));
        complete(request);
        answers.response((RelayRequest) request, (ProduceResponse) response);
    }

    @Override
    public void sendNoOpResponse(RequestChannel.Request request) {
        complete(request);
        answers.silent((RelayRequest) request, Errors.NONE);
    }

    @Override
    public void closeConnection(RequestChannel.Request request, Map<Errors, Integer> errorCounts) {
        updateErrorMetrics(ApiKeys.PRODUCE, CollectionConverters.asScala(errorCounts));
        complete(request);
        Errors error = errorCounts.keySet().stream()
                .filter(e -> e != Errors.NONE)
                .findFirst()
                .orElse(Errors.UNKNOWN_SERVER_ERROR);
        answers.silent((RelayRequest) request, error);
    }

    /** The throttle time is in the answer, and the proxy mutes the end client: the relay connection is not muted. */
    @Override
    public void startThrottling(RequestChannel.Request request) {}

    @Override
    public void endThrottling(RequestChannel.Request request) {}

    @Override
    public void sendResponse(RequestChannel.Response response) {
        throw new IllegalStateException("invariant violated: a request other than Produce came through the relay");
    }

    private void complete(RequestChannel.Request request) {
        long now = time.nanoseconds();
        request.responseCompleteTimeNanos_$eq(now);
        if (request.apiLocalCompleteTimeNanos() == -1L) {
            request.apiLocalCompleteTimeNanos_$eq(now);
        }
        request.responseDequeueTimeNanos_$eq(now);
        if (request.callbackRequestDequeueTimeNanos().isDefined()
                && request.callbackRequestCompleteTimeNanos().isEmpty()) {
            request.callbackRequestCompleteTimeNanos_$eq(Option.apply(now));
        }
        request.updateRequestMetrics(0, new RequestChannel.NoOpResponse(request));
    }
}
