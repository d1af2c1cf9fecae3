package io.narrows.broker.gc;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.gc.Collector;
import io.narrows.relay.gc.Collector.Membership;
import io.narrows.relay.gc.GcBucket;
import io.narrows.relay.gc.GcMetrics;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.store.MemoryObjectStore;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** A broker of the simulation: its disk, what it knows of the others, and the process that runs on it now. */
final class SimBroker implements Membership {
    private static final long INTERVAL_MS = 300;

    final int id;
    final Map<Integer, SimReplica> disk = new TreeMap<>();
    private final Surroundings surroundings;
    private Set<Integer> registered;
    private int collector = 1;
    private SimLoop loop;
    private BrokerReferences references;
    private boolean alive;
    private boolean paused;

    /** What all brokers share; {@code graceMs} is the grace period. */
    record Surroundings(ManualLoop world, MemoryObjectStore store, Random random, long graceMs) {}

    SimBroker(int id, Set<Integer> registered, Surroundings surroundings) {
        this.id = id;
        this.surroundings = surroundings;
        this.registered = registered;
        start();
    }

    void start() {
        ManualLoop world = surroundings.world();
        long graceMs = surroundings.graceMs();
        alive = true;
        loop = new SimLoop(world);
        references = new BrokerReferences(world::nanoTime, graceMs);
        disk.values().forEach(replica -> replica.loadInto(references));
        Collector.Settings settings = new Collector.Settings(id, "cluster", INTERVAL_MS, graceMs);
        GcBucket bucket = new GcBucket(surroundings.store(), loop);
        GcParticipant participant = new GcParticipant(
                new GcParticipant.Settings(id, "cluster", settings.pollNanos(), graceMs),
                new GcParticipant.Parts(bucket, loop, this, () -> true, references));
        participant.start();
        participant.loaded();
        GcMetrics metrics = new GcMetrics(new MetricRegistry(), world::wallTimeMs);
        new Collector(settings, new Collector.Parts(bucket, loop, this, surroundings.random(), metrics)).start();
    }

    void kill() {
        alive = false;
        paused = false;
        loop.kill();
    }

    void pauseFor(long nanos) {
        paused = true;
        loop.pause();
        surroundings.world().schedule(nanos, this::resume);
    }

    /** If it stands still. */
    void resume() {
        if (paused) {
            paused = false;
            loop.resume();
        }
    }

    boolean isAlive() {
        return alive;
    }

    boolean works() {
        return alive && !paused;
    }

    /** Of the process that runs now; after a restart they are other ones. */
    BrokerReferences references() {
        return references;
    }

    /** It learns who is there. */
    void learn(Set<Integer> brokers, int whoCollects) {
        registered = brokers;
        collector = whoCollects;
    }

    @Override
    public Set<Integer> registered() {
        return registered;
    }

    @Override
    public int collector() {
        return collector;
    }
}
