package io.narrows.broker.server;

import io.narrows.broker.server.TestProxy.Connection;
import io.narrows.broker.server.TestProxy.Send;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.rpc.EntryResult;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import org.apache.kafka.common.protocol.Errors;

/**
 * A proxy's lane for one partition with an idempotent producer: five entries in flight; after anything but success it
 * drains, raises its epoch and sends again from the first unfinished entry, to the current leader. Owned by one thread,
 * which it blocks.
 */
final class TestLane {
    private final RelayCluster cluster;
    private final UUID topic;
    private final int partition;
    private final IntSupplier leader;
    private final IntFunction<Connection> connections;
    private final Map<Integer, byte[]> batches = new HashMap<>();
    private final Map<Integer, Pointer> pointers = new HashMap<>();
    /** All entries of an epoch go to one leader over one connection; when it is lost, so may be what was sent on it. */
    private Connection epochConnection;

    private int epoch;
    private int next;
    int resends;

    TestLane(RelayCluster cluster, UUID topic, int partition, IntSupplier leader, IntFunction<Connection> connections) {
        this.cluster = cluster;
        this.topic = topic;
        this.partition = partition;
        this.leader = leader;
        this.connections = connections;
    }

    /** Sends batches as long as it is told to, and returns when all are acknowledged. */
    void sendWhile(BooleanSupplier more) {
        int end = 0;
        boolean stopped;
        do {
            ArrayDeque<CompletableFuture<EntryResult>> inFlight = new ArrayDeque<>();
            int sent = next;
            stopped = !connect();
            do {
                while (!stopped && inFlight.size() < 5 && (sent < end || more.getAsBoolean())) {
                    CompletableFuture<EntryResult> result = send(sent++);
                    stopped = result.isCompletedExceptionally();
                    inFlight.add(result);
                    end = Math.max(end, sent);
                }
                if (!inFlight.isEmpty() && !succeeded(inFlight.remove())) {
                    stopped = true;
                } else if (!stopped && next < sent) {
                    batches.remove(next);
                    pointers.remove(next);
                    next++;
                }
            } while (!inFlight.isEmpty() || (!stopped && more.getAsBoolean()));
            if (stopped) {
                resends++;
                epoch++;
            }
        } while (stopped || next < end);
    }

    /** How many batches are acknowledged. */
    int acknowledged() {
        return next;
    }

    private CompletableFuture<EntryResult> send(int number) {
        byte[] batch = batches.computeIfAbsent(number, n -> Batches.idempotent(1000 + partition, n, 1, 2000));
        boolean byPointer = number % 3 != 0;
        Pointer pointer = byPointer
                ? pointers.computeIfAbsent(
                        number, n -> cluster.staged(List.of(batch)).get(0))
                : null;
        try {
            return epochConnection.send(
                    TestProxy.ALL, new Send(partition, epoch, topic, partition, pointer, byPointer ? null : batch));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private boolean connect() {
        try {
            epochConnection = connections.apply(leader.getAsInt());
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    private static boolean succeeded(CompletableFuture<EntryResult> result) {
        try {
            Errors error = Errors.forCode(result.join().errorCode());
            return error == Errors.NONE || error == Errors.DUPLICATE_SEQUENCE_NUMBER;
        } catch (CompletionException e) {
            return false;
        }
    }
}
