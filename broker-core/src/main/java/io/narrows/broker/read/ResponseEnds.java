package io.narrows.broker.read;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import kafka.network.RequestChannel;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * Tells what a response holds when the response is over: sent, or dropped because its connection is closed. Kafka's network
 * thread then reports its time for the request through a callback of the request, in both cases, and this puts itself in front
 * of that callback. The request quota says which request a thread is answering. Stateless but for that.
 */
public final class ResponseEnds {
    private static final ThreadLocal<RequestChannel.Request> ANSWERED = new ThreadLocal<>();

    private ResponseEnds() {}

    /** The calling thread is about to build the response to this request. Only fetches hold anything. */
    public static void answering(RequestChannel.Request request) {
        ApiKeys api = request.header().apiKey();
        if (api == ApiKeys.FETCH || api == ApiKeys.SHARE_FETCH) {
            ANSWERED.set(request);
        } else {
            ANSWERED.remove();
        }
    }

    /** Runs {@code end} on a network thread when the response that is being built is over; false without a request. */
    static boolean onEnd(Runnable end) {
        RequestChannel.Request request = ANSWERED.get();
        if (request == null) {
            return false;
        }
        Option<Consumer<Long>> known = request.recordNetworkThreadTimeCallback();
        Consumer<Long> callback = known.getOrElse(() -> null);
        Ends ends = callback instanceof Ends ours ? ours : new Ends(callback);
        boolean unused = ends.all.add(end);
        request.setRecordNetworkThreadTimeCallback(ends);
        return true;
    }

    /** Built by one thread, then called by the network thread of the connection. */
    private static final class Ends implements Consumer<Long> {
        private final @Nullable Consumer<Long> stock;
        private final List<Runnable> all = new ArrayList<>(1);

        private Ends(@Nullable Consumer<Long> stock) {
            this.stock = stock;
        }

        @Override
        public void accept(Long networkThreadNanos) {
            all.forEach(Runnable::run);
            if (stock != null) {
                stock.accept(networkThreadNanos);
            }
        }
    }
}
