package io.narrows.proxy.api;

import io.narrows.relay.loop.Loop;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/**
 * A client's share of the connections to brokers that all clients share: so many of its requests are on these at a time,
 * the others wait here. A broker answers a connection's requests one after the other, so a client that sends many would delay
 * all others. What waits is bounded by the requests that a session accepts. Owned by the event loop of the client's
 * connection.
 */
final class SharedTurns {
    private static final Set<ApiKeys> KEYS = Stream.concat(
                    CoordinatedListApi.KEYS.stream(),
                    Stream.of(
                            ApiKeys.METADATA,
                            ApiKeys.FIND_COORDINATOR,
                            ApiKeys.DESCRIBE_CLUSTER,
                            ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
                            ApiKeys.OFFSET_FOR_LEADER_EPOCH,
                            ApiKeys.DESCRIBE_PRODUCERS,
                            ApiKeys.LIST_GROUPS,
                            ApiKeys.LIST_TRANSACTIONS))
            .collect(Collectors.toUnmodifiableSet());

    /** One that a broker works on and one that it finds when it has answered that. */
    static final int MAX_IN_FLIGHT = 2;

    private final Loop loop;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private int inFlight;
    private boolean closed;
    private boolean paused;

    private record Waiting(Supplier<CompletableFuture<Answer>> request, CompletableFuture<Answer> answer) {}

    SharedTurns(Loop loop) {
        this.loop = loop;
    }

    /** Whether the request goes over shared connections, or its look-ups do. */
    static boolean covers(ApiCall call) {
        if (call.message() instanceof ListOffsetsRequestData offsets) {
            return !ListOffsetsParts.mayWait(offsets);
        }
        if (call.message() instanceof InitProducerIdRequestData producer) {
            return producer.transactionalId() == null;
        }
        return KEYS.contains(call.key());
    }

    /** Sends the request when it is its turn. */
    CompletableFuture<Answer> take(Supplier<CompletableFuture<Answer>> request) {
        if (closed) {
            return CompletableFuture.completedFuture(new Answer.Silence());
        }
        if (!paused && inFlight < MAX_IN_FLIGHT) {
            return start(request);
        }
        Waiting next = new Waiting(request, new CompletableFuture<>());
        waiting.add(next);
        return next.answer();
    }

    /** The client is gone: what waits is not sent any more. */
    void close() {
        closed = true;
        for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
            boolean unused = next.answer().complete(new Answer.Silence());
        }
    }

    private CompletableFuture<Answer> start(Supplier<CompletableFuture<Answer>> request) {
        inFlight++;
        CompletableFuture<Answer> answer;
        try {
            answer = request.get();
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        if (answer.isDone()) {
            inFlight--;
            return answer;
        }
        BiConsumer<@Nullable Answer, @Nullable Throwable> onLoop = (unused, failure) -> loop.execute(this::onAnswer);
        return answer.whenComplete(onLoop);
    }

    /** Sends nothing that waits until {@link #resume}. */
    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
        startWaiting();
    }

    private void onAnswer() {
        inFlight--;
        startWaiting();
    }

    private void startWaiting() {
        while (!closed && !paused && inFlight < MAX_IN_FLIGHT && !waiting.isEmpty()) {
            Waiting next = waiting.remove();
            BiConsumer<@Nullable Answer, @Nullable Throwable> pass = (answer, failure) -> {
                boolean unused = answer == null
                        ? next.answer().completeExceptionally(failure)
                        : next.answer().complete(answer);
            };
            CompletableFuture<Answer> unused = start(next.request()).whenComplete(pass);
        }
    }
}
