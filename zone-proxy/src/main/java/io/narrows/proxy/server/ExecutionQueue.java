package io.narrows.proxy.server;

import io.narrows.proxy.api.ExecutionOrder;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Starts the requests of one connection as their {@link ExecutionOrder} allows. Owned by its event loop. */
final class ExecutionQueue {
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private int lanesRunning;
    private int barriersRunning;
    private boolean starting;
    private boolean paused;
    private @Nullable Runnable onIdle;

    private record Waiting(ExecutionOrder order, Runnable start, Runnable drop) {}

    /** One of the two runs, once: {@code start} when it is the request's turn, {@code drop} if that never comes. */
    void submit(ExecutionOrder order, Runnable start, Runnable drop) {
        if (order == ExecutionOrder.ANY) {
            start.run();
            return;
        }
        waiting.add(new Waiting(order, start, drop));
        startDue();
    }

    /** Starts nothing that waits until {@link #resume}: the client does not take its responses. */
    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
        startDue();
    }

    /** The client is gone: what waits behind a barrier is as if a broker had not read it. */
    void dropWaiting() {
        while (!waiting.isEmpty()) {
            waiting.remove().drop().run();
        }
    }

    /** A request that was started is answered. */
    void finished(ExecutionOrder order) {
        switch (order) {
            case ANY -> {}
            case LANES -> lanesRunning--;
            case BARRIER -> barriersRunning--;
        }
        startDue();
    }

    /** Immediate answers come back in here while a start is in progress: the outer loop goes on for them. */
    private void startDue() {
        if (starting) {
            return;
        }
        starting = true;
        while (!paused && !waiting.isEmpty() && mayStart(waiting.peek().order())) {
            Waiting due = waiting.remove();
            if (due.order() == ExecutionOrder.LANES) {
                lanesRunning++;
            } else {
                barriersRunning++;
            }
            due.start().run();
        }
        starting = false;
        runIfIdle();
    }

    /** Runs the listener once all that was submitted has been answered; nothing is submitted after this call. */
    void whenIdle(Runnable listener) {
        onIdle = listener;
        runIfIdle();
    }

    private void runIfIdle() {
        Runnable listener = onIdle;
        if (listener != null && waiting.isEmpty() && lanesRunning == 0 && barriersRunning == 0) {
            onIdle = null;
            listener.run();
        }
    }

    private boolean mayStart(ExecutionOrder order) {
        return barriersRunning == 0 && (order == ExecutionOrder.LANES || lanesRunning == 0);
    }
}
