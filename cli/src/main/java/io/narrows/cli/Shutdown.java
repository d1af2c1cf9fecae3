package io.narrows.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a server's main thread end by itself on SIGTERM or SIGINT: the hook tells it, and holds the process until it is
 * done or a bound has passed. Thread-safe.
 */
public final class Shutdown {
    private static final long MAX_SECONDS = 60;

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch done = new CountDownLatch(1);

    private Shutdown() {}

    public static Shutdown install() {
        Shutdown shutdown = new Shutdown();
        Runtime.getRuntime().addShutdownHook(new Thread(shutdown::hook, "shutdown"));
        return shutdown;
    }

    /** Opens when the process was asked to end. */
    public CountDownLatch asked() {
        return asked;
    }

    public void done() {
        done.countDown();
    }

    private void hook() {
        asked.countDown();
        try {
            boolean unused = done.await(MAX_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
