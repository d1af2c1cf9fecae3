package io.narrows.relay.store;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One request over {@link HttpConnections}, and what becomes of it. After its start exactly one of {@link #onEnd} and {@link
 * #onFailure} is called. All but {@link #abandon} is called on one event loop, which owns what is mutable.
 */
abstract class HttpExchange {
    private volatile @Nullable Channel channel;
    private volatile boolean abandoned;
    private @Nullable Future<?> limit;
    private boolean over;

    /** Writes and flushes the whole request. */
    abstract void send(Channel connection);

    /** The answer has begun. */
    abstract void onHead(HttpResponse head);

    /** A part of the answer's body. Borrows {@code part}. */
    abstract void onBody(ByteBuf part);

    /** The answer is complete. */
    abstract void onEnd();

    /** There is no complete answer; whether the request has had effects is not known. */
    abstract void onFailure(Throwable cause);

    /** Nobody wants the answer any more: its connection ends, if it has one. For any thread. */
    final void abandon() {
        abandoned = true;
        Channel connection = channel;
        if (connection != null) {
            var unused = connection.close();
        }
    }

    final boolean isAbandoned() {
        return abandoned;
    }

    final boolean isOver() {
        return over;
    }

    final void limitedBy(Future<?> timer) {
        limit = timer;
    }

    final void startOn(Channel connection) {
        channel = connection;
        send(connection);
        if (abandoned) {
            abandon();
        }
    }

    /** Once; true if it was not over yet. */
    final boolean finish() {
        if (over) {
            return false;
        }
        over = true;
        channel = null;
        if (limit != null) {
            boolean unused = limit.cancel(false);
        }
        return true;
    }
}
