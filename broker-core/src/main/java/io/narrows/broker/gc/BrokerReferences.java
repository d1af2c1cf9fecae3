package io.narrows.broker.gc;

import io.narrows.broker.gc.collector.Floors;
import io.narrows.broker.gc.collector.ReferenceReport;
import io.narrows.broker.gc.collector.ReferenceSet;
import io.narrows.relay.pointer.WalObjectId;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Everything on a broker that refers to WAL objects: its logs, links that are being appended, and references that went
 * a short while ago. Also the floors below which it makes no links. Thread-safe.
 *
 * <p>A reference moves from claim to log to memory of what was dropped, and is in the next place before it leaves the one
 * before; {@link #account} looks in that order, so it finds it. Floors are raised before it looks.
 */
public final class BrokerReferences {
    /** References that went within the same part of the hold are remembered together. */
    private static final int PARTS = 8;

    /** The union of closed segments is made again no sooner than after so many times the time that it took. */
    private static final int UNION_REST = 20;

    /** No pointer is on its way for so long. By the monotonic clock, because others may jump. */
    private static final long FLOORS_NANOS = TimeUnit.DAYS.toNanos(7);

    private static final String NOT_IN_A_LOG = "append";

    private final LongSupplier nanoTime;
    private final long holdNanos;
    private final Set<LogReferences> logs = ConcurrentHashMap.newKeySet();
    private final Set<Claim> claims = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Floors floors;

    // Guarded by claims: what was raised since then, and in the time before.
    private Floors recent = Floors.NONE;
    private Floors earlier = Floors.NONE;
    private long recentSinceNanos;

    /** Whether a segment was dropped since the union of the closed ones was made. */
    private volatile boolean stale;

    // Guarded by accounting: the union of what closed segments name, and what it costs to make it.
    private final Object accounting = new Object();
    private ReferenceReport closed = new ReferenceReport();
    private long unionMadeNanos;
    private long unionTookNanos;

    // Guarded by itself.
    private final ArrayDeque<Gone> gone = new ArrayDeque<>();

    /** {@code holdMs}: for how long references that went still count. */
    public BrokerReferences(LongSupplier nanoTime, long holdMs) {
        this.nanoTime = nanoTime;
        this.holdNanos = TimeUnit.MILLISECONDS.toNanos(holdMs);
        this.recentSinceNanos = nanoTime.getAsLong();
    }

    /** For a broker without garbage collection: every link is allowed. */
    public static BrokerReferences uncollected() {
        BrokerReferences references = new BrokerReferences(() -> 0, 0);
        references.raise(Floors.NONE);
        return references;
    }

    /** Whether it is known which links must not be made any more; until then none may. */
    public boolean isReady() {
        return floors != null;
    }

    /** A newer process has taken this broker's place: no link is made until floors are raised again. */
    public void fence() {
        synchronized (claims) {
            floors = null;
        }
    }

    /** From now on no link below these floors is made, for a week or two after no round has them any more. */
    public void raise(Floors more) {
        synchronized (claims) {
            long now = nanoTime.getAsLong();
            if (now - recentSinceNanos >= FLOORS_NANOS) {
                earlier = recent;
                recent = Floors.NONE;
                recentSinceNanos = now;
            }
            recent = recent.merge(more);
            floors = earlier.merge(recent);
        }
    }

    /** The references of a log that is being opened; {@code holder} is its partition. */
    public LogReferences open(String holder) {
        LogReferences log = new LogReferences(holder, this::dropped);
        logs.add(log);
        return log;
    }

    /** The log's files are gone. */
    public void close(LogReferences log) {
        log.dropAll();
        logs.remove(log);
    }

    /** Announces a link to the object; close the claim when the link is in the log, or will not be. */
    public Claim claim(WalObjectId object) {
        Claim claim = new Claim(object);
        claims.add(claim);
        VarHandle.fullFence();
        return claim;
    }

    /** The intention to append a link. */
    public final class Claim implements AutoCloseable {
        private final WalObjectId object;

        private Claim(WalObjectId object) {
            this.object = object;
        }

        /** Whether the link may be made: the object is there and stays there. */
        public boolean isGranted() {
            Floors known = floors;
            return known != null && !known.isBelow(object);
        }

        @Override
        public void close() {
            claims.remove(this);
        }
    }

    /**
     * What is referred to now or was within the hold. May name objects of segments that were dropped earlier when there is
     * too much to read it all each time: then they go with a later account.
     */
    public ReferenceReport account() {
        // Against the one in claim(): either the floors are seen there, or the claim is seen here.
        VarHandle.fullFence();
        ReferenceReport account = new ReferenceReport();
        for (Claim claim : claims) {
            account.add(claim.object, NOT_IN_A_LOG);
        }
        addLogs(account);
        long now = nanoTime.getAsLong();
        synchronized (gone) {
            while (!gone.isEmpty() && now - gone.peekFirst().lastNanos > holdNanos) {
                gone.removeFirst();
            }
            gone.forEach(part -> part.addTo(account));
        }
        return account;
    }

    private void addLogs(ReferenceReport account) {
        synchronized (accounting) {
            long start = nanoTime.getAsLong();
            boolean again = stale && start - unionMadeNanos >= UNION_REST * unionTookNanos;
            if (again) {
                // Before the logs are read: what is dropped from now on makes it stale again.
                stale = false;
                closed = new ReferenceReport();
            }
            for (LogReferences log : logs) {
                log.addOpenTo(account);
                log.addClosedTo(closed, again ? LogReferences.Closed.ALL : LogReferences.Closed.NEW);
            }
            account.addAll(closed);
            if (again) {
                unionMadeNanos = nanoTime.getAsLong();
                unionTookNanos = unionMadeNanos - start;
            }
        }
    }

    private void dropped(String holder, ReferenceSet references) {
        long now = nanoTime.getAsLong();
        synchronized (gone) {
            Gone newest = gone.peekLast();
            if (newest == null || now - newest.firstNanos > holdNanos / PARTS) {
                newest = new Gone(now);
                gone.addLast(newest);
            }
            newest.lastNanos = now;
            newest.references.addAll(references, holder);
            stale = true;
        }
    }

    /** References that went at about the same time. */
    private static final class Gone {
        private final long firstNanos;
        private final ReferenceReport references = new ReferenceReport();
        private long lastNanos;

        Gone(long nowNanos) {
            firstNanos = nowNanos;
            lastNanos = nowNanos;
        }

        void addTo(ReferenceReport account) {
            account.addAll(references);
        }
    }
}
