package io.narrows.proxy.gateway;

import io.narrows.relay.loop.Loop;
import java.util.concurrent.TimeUnit;

/**
 * For how long this proxy reckons with batches of former owners that no proxy has waited for: they died, lost their session, stood
 * alone, or abandoned a batch after {@link GroupMember#HANDOVER_LIMIT_MS} (RFC 0007). What is remembered is only ever made
 * longer. Owned by the router's loop.
 */
final class LostOwners {
    /** Clients hear of another owner with the age of their metadata, 5 minutes by default. */
    static final int REMEMBERED_MS = (int) TimeUnit.MINUTES.toMillis(6);

    private static final long NANOS_PER_MS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Loop loop;
    private long until;

    LostOwners(Loop loop) {
        this.loop = loop;
        this.until = loop.nanoTime();
    }

    /** One is lost now. */
    void lost() {
        rememberFor(REMEMBERED_MS);
    }

    void rememberFor(int ms) {
        long then = loop.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        if (then - until > 0) {
            until = then;
        }
    }

    /** 0: none. */
    int leftMs() {
        long leftNanos = Math.max(0, until - loop.nanoTime());
        return (int) ((leftNanos + NANOS_PER_MS - 1) / NANOS_PER_MS);
    }
}
