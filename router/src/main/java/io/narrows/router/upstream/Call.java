package io.narrows.router.upstream;

import io.narrows.relay.loop.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One request on its way: what to send, the target, and the waiting future. Owned by the loop of its link. */
final class Call<T> {
    private final Upstream.Target target;
    private final KafkaRequest request;
    private final ResponseReader<T> reader;
    private final CompletableFuture<T> response = new CompletableFuture<>();
    private final Set<BrokerConnection> tried;
    private @Nullable BrokerConnection last;
    private Loop.@Nullable Timer timer;
    private short sentVersion;
    private int correlationId;

    Call(Upstream.Target target, KafkaRequest request, ResponseReader<T> reader) {
        this(target, request, reader, new HashSet<>());
    }

    private Call(Upstream.Target target, KafkaRequest request, ResponseReader<T> reader, Set<BrokerConnection> tried) {
        this.target = target;
        this.request = request;
        this.reader = reader;
        this.tried = tried;
    }

    /** The same request once more, for a link that neither of the two has tried. */
    Call<T> again() {
        return new Call<>(target, request, reader, tried);
    }

    Upstream.Target target() {
        return target;
    }

    KafkaRequest request() {
        return request;
    }

    CompletableFuture<T> response() {
        return response;
    }

    boolean isDone() {
        return response.isDone();
    }

    /** Returns false if the link had been tried before. */
    boolean trying(BrokerConnection link) {
        boolean fresh = tried.add(link);
        last = fresh ? link : last;
        return fresh;
    }

    /** Where the call is, or was answered. */
    @Nullable
    BrokerConnection link() {
        return last;
    }

    boolean hasTried(BrokerConnection link) {
        return tried.contains(link);
    }

    void expiresWith(Loop.Timer expiry) {
        timer = expiry;
    }

    void sentAs(short version, int id) {
        sentVersion = version;
        correlationId = id;
    }

    short sentVersion() {
        return sentVersion;
    }

    int correlationId() {
        return correlationId;
    }

    /** Reads the answer, which the returned task delivers. Borrows the body; throws if it is malformed. */
    Runnable read(ByteBuf body) {
        T answer = reader.read(body, request.api(), sentVersion);
        return () -> complete(answer);
    }

    private void complete(T answer) {
        cancelTimer();
        if (!response.complete(answer)) {
            ReferenceCountUtil.safeRelease(answer);
        }
    }

    void fail(Throwable cause) {
        cancelTimer();
        response.completeExceptionally(cause);
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
        }
    }
}
