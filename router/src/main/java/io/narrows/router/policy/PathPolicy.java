package io.narrows.router.policy;

import io.narrows.relay.Checks;
import io.narrows.relay.price.BreakEven;
import io.narrows.relay.price.PriceBook;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Decides how long a flush window is held and which path it takes, by comparing what its bytes would pay between zones
 * with what its requests would cost. Owned by the router's loop; time is passed in.
 *
 * <p><b>Try, then decide.</b> Holding a window can only save money and always costs latency. So windows are held while
 * windows held recently, real or simulated, saved at least a tenth of what their entries would have cost each on its own;
 * otherwise they close immediately. Whether a closed window is staged is decided by what is in it. RFC 0003 has the
 * mathematics.
 */
public final class PathPolicy {
    /**
     * @param zone the proxy's own zone, empty if it has none
     * @param cluster what the view does not tell
     * @param bypassShare what batches of low-rate clients may add to the cost of windows, with {@link PathMode#AUTO}
     */
    public record Settings(
            PathMode mode, PriceBook prices, String zone, Usage cluster, long lingerNanos, double bypassShare) {
        public Settings {
            Checks.argument(lingerNanos >= 0, "linger must be >= 0 ns, got " + lingerNanos);
            Checks.argument(bypassShare >= 0 && bypassShare <= 1, "share of low-rate clients must be 0 to 1");
        }
    }

    /**
     * How topics are used.
     *
     * @param replicationFactor what topics have usually
     * @param readingZones in how many zones a topic is read usually; {@link #ALL_ZONES} for as many as there are
     */
    public record Usage(int replicationFactor, int readingZones) {
        public static final int ALL_ZONES = -1;

        public Usage {
            Checks.argument(replicationFactor > 0, "replication factor must be > 0, got " + replicationFactor);
            Checks.argument(
                    readingZones >= ALL_ZONES, "reading zones must be >= 0, or -1 for all, got " + readingZones);
        }
    }

    /** The zones that have brokers, and how many each has. */
    public record Surroundings(Map<String, Integer> brokersByZone) {
        public Surroundings {
            brokersByZone = Map.copyOf(brokersByZone);
        }
    }

    /**
     * What staging an entry is worth, depending on whether its leader is in this zone.
     *
     * @param savedPerByte dollars, after the store's fees per byte
     * @param aloneRequestDollars requests of an object that holds this entry only
     */
    private record Worth(double savedPerByte, double aloneRequestDollars) {}

    /** What holding has to save, as a share of what the entries cost otherwise. */
    static final double WORTH_HOLDING = 0.10;

    private static final long HALF_LIFE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Settings settings;
    private final StoreCircuitBreaker health;
    private final EwmaRate savedHopBytes = new EwmaRate(HALF_LIFE_NANOS);
    private final LingerBenefitEstimator trial;
    private Surroundings surroundings = new Surroundings(Map.of());
    private Worth local;
    private Worth remote;

    public PathPolicy(Settings settings, StoreCircuitBreaker health) {
        this.settings = settings;
        this.health = health;
        this.trial = new LingerBenefitEstimator(HALF_LIFE_NANOS, settings.lingerNanos(), this::cheaperPathDollars);
        this.local = worth(remoteFollowers(), 0);
        this.remote = worth(remoteFollowers() + 1, 1);
    }

    /** To be told whenever the set of brokers changes. */
    public void surroundings(Surroundings now) {
        surroundings = now;
        local = worth(remoteFollowers(), 0);
        remote = worth(remoteFollowers() + 1, 1);
    }

    /**
     * Transfers between zones that each byte saves when it is staged: the way to a leader in another zone, and the way
     * from the leader to its followers, which a link replaces. Nothing is assumed where a zone is not known, because
     * then it is unknown whether a transfer costs anything.
     */
    public int savedHops(String leaderZone) {
        if (leaderZone.isEmpty()
                || settings.zone().isEmpty()
                || settings.prices().zonesAreFree()) {
            return 0;
        }
        return remoteFollowers() + (isLocal(leaderZone) ? 0 : 1);
    }

    public boolean isLocal(String leaderZone) {
        return leaderZone.equals(settings.zone());
    }

    /**
     * Counts an entry that arrives.
     *
     * @return how long its window may be held, in nanoseconds from the window's first entry on
     */
    public long onArrival(int leaderId, String leaderZone, long bytes, long now) {
        savedHopBytes.add((double) savedHops(leaderZone) * bytes, now);
        add(trial.openAt(now), leaderId, leaderZone, bytes, now);
        return isHeld(savedHops(leaderZone), now) && health.admits(now) ? settings.lingerNanos() : 0;
    }

    private boolean isHeld(int savedHops, long now) {
        return switch (settings.mode()) {
            case DIRECT -> false;
            case STAGED -> savedHops > 0 || savedHopBytes.perSecond(now) >= 1;
            case AUTO -> trial.savedShare() >= WORTH_HOLDING;
        };
    }

    /** Adds an entry to a window that is to be decided about. */
    public void add(WindowContents window, int leaderId, String leaderZone, long bytes, long now) {
        Worth worth = isLocal(leaderZone) ? local : remote;
        if (savedHops(leaderZone) == 0 || (worth.savedPerByte() <= 0 && settings.mode() != PathMode.STAGED)) {
            return;
        }
        double saved = Math.max(0, bytes * worth.savedPerByte());
        window.add(leaderZone, saved, Math.min(saved, worth.aloneRequestDollars()), now);
        if (!isLocal(leaderZone)) {
            window.addRemoteLeader(leaderId);
        }
    }

    /** Decides about a closed window. */
    public PathDecision decide(WindowContents window, long now) {
        if (settings.mode() == PathMode.DIRECT) {
            return PathDecision.DIRECT_FORCED;
        }
        if (settings.prices().zonesAreFree()) {
            return PathDecision.ZONES_FREE;
        }
        if (window.isEmpty()) {
            return PathDecision.NOTHING_SAVED;
        }
        if (settings.mode() == PathMode.AUTO && window.savedDollars() < requestDollars(window)) {
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

    /** What a batch costs more as bytes than as a part of an object that is written anyway. */
    public double savedDollars(String leaderZone, long bytes) {
        Worth worth = isLocal(leaderZone) ? local : remote;
        return savedHops(leaderZone) == 0 ? 0 : Math.max(0, bytes * worth.savedPerByte());
    }

    /** Saved transfer in bytes times hops per second, as estimated now. */
    public double savedHopBytesPerSecond(long now) {
        return savedHopBytes.perSecond(now);
    }

    /**
     * @param hops transfers between zones that staging saves
     * @param leaderReads how often a leader fetches it
     */
    private Worth worth(int hops, int leaderReads) {
        double reads = leaderReads + remoteFollowers() * readingShare();
        BreakEven alone = new BreakEven(settings.prices(), reads, reads);
        return new Worth(hops * settings.prices().transferPerByte() - alone.feesPerByte(), alone.requestDollars());
    }

    /** What a window costs that takes the cheaper path. */
    public double cheaperPathDollars(WindowContents window) {
        double saved = window.savedDollars();
        // Most windows of a trickle are below the price of a PUT alone.
        return saved <= settings.prices().perPut() ? saved : Math.min(saved, requestDollars(window));
    }

    private double requestDollars(WindowContents window) {
        double readers = 0;
        for (Map.Entry<String, Integer> zone : surroundings.brokersByZone().entrySet()) {
            readers += readers(zone.getValue(), window.entriesNotLedIn(zone.getKey()));
        }
        return new BreakEven(settings.prices(), window.remoteLeaders() + readers).requestDollars();
    }

    /** Brokers of a zone that will read the object for consumers: those that follow one of its entries. */
    private double readers(int brokers, int entriesNotLedThere) {
        int otherZones = surroundings.brokersByZone().size() - 1;
        if (otherZones <= 0) {
            return 0;
        }
        double followed = (double) entriesNotLedThere * remoteFollowers() / otherZones;
        return readingShare() * Math.min(brokers, followed);
    }

    private double readingShare() {
        int zones = surroundings.brokersByZone().size();
        int reading = settings.cluster().readingZones();
        return zones == 0 || reading == Usage.ALL_ZONES ? 1 : Math.min(1, (double) reading / zones);
    }

    private int remoteFollowers() {
        int zones = surroundings.brokersByZone().size();
        return Math.max(0, Math.min(settings.cluster().replicationFactor(), zones) - 1);
    }
}
