package io.narrows.router.policy;

import io.narrows.relay.Checks;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Which clients do not wait for the object store although windows are staged: those that send least, as many as together
 * add at most a share to what windows cost. Their bytes go to leaders immediately. Everything is in dollars per second of the
 * last seconds, so a client that begins to send much is soon among the others, and for any set of clients, what they cost
 * together is bounded batch by batch. Owned by the router's loop; time is passed in.
 */
public final class LowRateBypass {
    /** Clients known at a time; who comes on top of these waits with the others. */
    static final int MAX_CLIENTS = 10_000;

    private static final long HALF_LIFE_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long RANKED_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** A client that has cost less than this, a ten thousandth of a PUT a second, is as good as a new one. */
    private static final double FORGOTTEN = 5e-10;

    private final double share;
    private final Map<Object, EwmaRate> clients = new HashMap<>();
    private final EwmaRate windows = new EwmaRate(HALF_LIFE_NANOS);
    private final EwmaRate small = new EwmaRate(HALF_LIFE_NANOS);
    private double most;
    private long rankedAt;

    /** @param share of what windows cost, 0 for no bypass */
    public LowRateBypass(double share, long now) {
        Checks.argument(share >= 0 && share <= 1, "share must be 0 to 1, got " + share);
        this.share = share;
        this.rankedAt = now;
    }

    /** A window that holds what others sent has cost so much. */
    public void onWindow(double dollars, long now) {
        windows.add(dollars, now);
    }

    /**
     * A batch of the client has come, which costs so much more as bytes than as a pointer: whether it bypasses the window. What
     * costs nothing has nothing to wait for in the first place, and is not asked for here.
     */
    public boolean admits(Object client, double dollars, long now) {
        if (share == 0 || dollars <= 0) {
            return false;
        }
        if (now - rankedAt >= RANKED_EVERY_NANOS) {
            rankedAt = now;
            rank(now);
        }
        EwmaRate ofClient = clients.get(client);
        if (ofClient == null) {
            if (clients.size() >= MAX_CLIENTS) {
                return false;
            }
            ofClient = new EwmaRate(HALF_LIFE_NANOS);
            clients.put(client, ofClient);
        }
        ofClient.add(dollars, now);
        if (ofClient.perSecond(now) >= most
                || small.perSecond(now) + small.perSecondOf(dollars) > share * windows.perSecond(now)) {
            return false;
        }
        small.add(dollars, now);
        return true;
    }

    /** Finds below which cost a client is small. All below it fit into the share together. */
    private void rank(long now) {
        clients.values().removeIf(client -> client.perSecond(now) < FORGOTTEN);
        double left = share * windows.perSecond(now);
        double[] ascending = clients.values().stream()
                .mapToDouble(client -> client.perSecond(now))
                .sorted()
                .toArray();
        int fitting = 0;
        double largest = 0;
        while (fitting < ascending.length && ascending[fitting] <= left) {
            largest = ascending[fitting++];
            left -= largest;
        }
        most = fitting < ascending.length ? Math.min(largest + left, ascending[fitting]) : largest + left;
    }
}
