package io.narrows.s3server;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * What goes wrong at the server, switched at run time from any thread. A fault reaches requests that arrive, and answers
 * that fall due, while it lasts. Guarded by its own lock, which is never held over input or output.
 */
public final class S3Faults {
    private static final Set<Operation> ALL = Set.copyOf(EnumSet.allOf(Operation.class));

    private final LongSupplier nanoClock;
    private final SplittableRandom random;

    private LatencyModel latency;
    private long unavailableUntilNanos;
    private long hangUntilNanos;
    private double probability;
    private Set<Operation> unavailable = ALL;
    private Set<Operation> hanging = ALL;
    private Refusals refusals = Refusals.NONE;

    S3Faults(LongSupplier nanoClock, long seed, LatencyModel latency) {
        this.nanoClock = nanoClock;
        this.random = new SplittableRandom(seed);
        this.latency = latency;
        this.unavailableUntilNanos = nanoClock.getAsLong();
        this.hangUntilNanos = unavailableUntilNanos;
    }

    public synchronized void latency(LatencyModel model) {
        latency = model;
    }

    /** Answers 503 SlowDown for the time given. */
    public void unavailable(Duration time) {
        unavailable(time, ALL);
    }

    public synchronized void unavailable(Duration time, Set<Operation> operations) {
        unavailableUntilNanos = nanoClock.getAsLong() + time.toNanos();
        unavailable = Set.copyOf(operations);
    }

    /** Answers 503 SlowDown to this share of all requests, from 0 to 1. */
    public synchronized void unavailableWithProbability(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("the share of errors must be between 0 and 1, got " + share);
        }
        probability = share;
    }

    /** Keeps connections open but answers nothing for the time given; answers held back are sent after it. */
    public void hang(Duration time) {
        hang(time, ALL);
    }

    public synchronized void hang(Duration time, Set<Operation> operations) {
        hangUntilNanos = nanoClock.getAsLong() + time.toNanos();
        hanging = Set.copyOf(operations);
    }

    /** Refuses every request as S3 does when the bucket is in the region named. */
    public synchronized void otherRegion(String region) {
        refusals = refusals.inRegion(region);
    }

    /** Refuses these operations as a policy does. */
    public synchronized void deny(Set<Operation> operations) {
        refusals = refusals.denying(operations);
    }

    /** Refuses requests that are signed with another access key, or not at all. */
    public synchronized void acceptOnly(Set<String> accessKeys) {
        refusals = refusals.accepting(accessKeys);
    }

    /** The same, for keys of sessions with this token. */
    public synchronized void acceptOnly(Set<String> accessKeys, String sessionToken) {
        refusals = refusals.accepting(accessKeys).accepting(sessionToken);
    }

    /** Lets the server's clock be ahead; requests that were signed more than 15 minutes from it are refused. */
    public synchronized void clockAhead(Duration offset) {
        refusals = refusals.withClockAhead(offset);
    }

    /** Ends all faults and keeps the latency; answers held back by a hang are still sent when its time is over. */
    public synchronized void clear() {
        unavailableUntilNanos = nanoClock.getAsLong();
        hangUntilNanos = unavailableUntilNanos;
        probability = 0;
        refusals = Refusals.NONE;
    }

    synchronized Refusals refusals() {
        return refusals;
    }

    /** Whether a request that arrives now is refused. */
    synchronized boolean refuses(Operation operation) {
        boolean period = unavailable.contains(operation) && unavailableUntilNanos - nanoClock.getAsLong() > 0;
        double share = Math.max(probability, latency.refusedShare());
        return period || (share > 0 && random.nextDouble() < share);
    }

    synchronized long drawLatencyNanos(Operation operation, long bytes) {
        return latency.drawNanos(operation, bytes, random);
    }

    /** How long an answer that is due now has to wait for the end of a hang; 0 when there is none. */
    synchronized long hangNanos(Operation operation) {
        return hanging.contains(operation) ? Math.max(0, hangUntilNanos - nanoClock.getAsLong()) : 0;
    }
}
