package io.narrows.router.policy;

import io.narrows.relay.Checks;
import io.narrows.relay.price.BreakEven;
import io.narrows.relay.price.PriceBook;
import java.util.concurrent.TimeUnit;

/**
 * Decides how long a flush window is held and which path it takes, by comparing what its bytes would pay between zones
 * with what its requests would cost. Owned by the router's loop; time is passed in.
 *
 * <p><b>Estimate, then decide.</b> A window that closes at once holds one batch, which never pays. So the rate of saved
 * transfer ("hop bytes": bytes times transfers saved) is estimated over all entries; if that rate times the linger
 * reaches break-even, windows are held, otherwise they close at once. Whether the closed window is staged is then
 * decided by what is in it.
 */
public final class PathPolicy {
    /**
     * @param zone the proxy's own zone, empty if it has none
     * @param replicationFactor what topics have usually; the view does not tell
     */
    public record Settings(PathMode mode, PriceBook prices, String zone, int replicationFactor, long lingerNanos) {
        public Settings {
            Checks.argument(replicationFactor > 0, "a replication factor is positive");
            Checks.argument(lingerNanos >= 0, "a linger is not negative");
        }
    }

    /** What a cluster looks like from this zone: how many zones there are and how many brokers in other zones. */
    public record Surroundings(int zones, int remoteBrokers) {}

    private static final long HALF_LIFE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Settings settings;
    private final S3Health health;
    private final RateEstimate savedHopBytes = new RateEstimate(HALF_LIFE_NANOS);
    private Surroundings surroundings = new Surroundings(1, 0);
    private long estimatedBreakEven = BreakEven.NEVER;

    public PathPolicy(Settings settings, S3Health health) {
        this.settings = settings;
        this.health = health;
    }

    /** To be told whenever the set of brokers changes. */
    public void surroundings(Surroundings now) {
        if (!now.equals(surroundings)) {
            surroundings = now;
            estimatedBreakEven = breakEven(Math.max(1, now.remoteBrokers())).hopBytes();
        }
    }

    /**
     * Transfers between zones that each byte saves when it is staged: the way to a leader in another zone, and the way
     * from the leader to its followers, which a link replaces. Nothing is assumed where a zone is not known, because
     * then nobody can say that a transfer costs anything.
     */
    public int savedHops(String leaderZone) {
        if (leaderZone.isEmpty()
                || settings.zone().isEmpty()
                || settings.prices().zonesAreFree()) {
            return 0;
        }
        int replication = Math.min(settings.replicationFactor(), surroundings.zones()) - 1;
        return Math.max(0, replication) + (isLocal(leaderZone) ? 0 : 1);
    }

    public boolean isLocal(String leaderZone) {
        return leaderZone.equals(settings.zone());
    }

    /** Counts an entry and says how long its window may be held, from the window's first entry on. */
    public long holdNanos(int savedHops, long bytes, long now) {
        savedHopBytes.add(savedHops * bytes, now);
        return switch (settings.mode()) {
            case DIRECT -> 0;
            case STAGED -> savedHopBytes.perSecond(now) >= 1 && health.admits(now) ? settings.lingerNanos() : 0;
            case AUTO -> pays(now) && health.admits(now) ? settings.lingerNanos() : 0;
        };
    }

    private boolean pays(long now) {
        double expected = savedHopBytes.perSecond(now) * settings.lingerNanos() / TimeUnit.SECONDS.toNanos(1);
        return expected >= estimatedBreakEven;
    }

    /**
     * Decides about a closed window.
     *
     * @param hopBytes sum of bytes times {@link #savedHops} over its entries
     * @param remoteLeaders leaders in other zones that would have to fetch
     */
    public PathDecision decide(long hopBytes, int remoteLeaders, long now) {
        if (settings.mode() == PathMode.DIRECT) {
            return PathDecision.DIRECT_FORCED;
        }
        if (settings.prices().zonesAreFree()) {
            return PathDecision.ZONES_FREE;
        }
        if (hopBytes <= 0) {
            return PathDecision.NOTHING_SAVED;
        }
        if (settings.mode() == PathMode.AUTO
                && hopBytes < breakEven(remoteLeaders).hopBytes()) {
            return PathDecision.BELOW_BREAK_EVEN;
        }
        if (!health.admits(now)) {
            return PathDecision.S3_UNHEALTHY;
        }
        if (health.wouldProbe(now)) {
            return PathDecision.STAGED_PROBE;
        }
        return settings.mode() == PathMode.STAGED ? PathDecision.STAGED_FORCED : PathDecision.STAGED_PAYS;
    }

    /** Saved transfer in bytes times hops per second, as estimated now. */
    public double savedHopBytesPerSecond(long now) {
        return savedHopBytes.perSecond(now);
    }

    /** Leaders in other zones fetch their range; where there are followers, each other zone reads the object once. */
    private BreakEven breakEven(int remoteLeaders) {
        int followerZones = settings.replicationFactor() > 1 ? surroundings.zones() - 1 : 0;
        return new BreakEven(settings.prices(), remoteLeaders + followerZones);
    }
}
