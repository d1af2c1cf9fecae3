package io.narrows.broker.gc;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.gc.GcParticipant.LocalBroker;
import io.narrows.broker.gc.collector.Collector;
import io.narrows.broker.gc.collector.Collector.Membership;
import io.narrows.broker.gc.collector.GcBucket;
import io.narrows.broker.gc.collector.GcMetrics;
import io.narrows.broker.gc.collector.Registration;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.store.ObjectStore;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** One start of a broker of the simulation, with what it knows of the others. It may live on when a newer one has started. */
final class SimProcess implements Membership, LocalBroker {
    private static final long INTERVAL_MS = 300;

    final SimLoop loop;
    final BrokerReferences references;
    private final Registration registration;
    private Map<Integer, Registration> registered = Map.of();
    private int collector = -1;
    private boolean alive = true;
    private boolean paused;

    /** What all processes share; {@code graceMs} is the grace period. */
    record Surroundings(ManualLoop world, Random random, long graceMs, Stores stores) {}

    /** How a process reaches the object store. */
    interface Stores {
        ObjectStore ofParticipant(int broker, SimLoop loop);

        ObjectStore ofCollector(int broker);
    }

    SimProcess(int id, String cluster, Registration registration, Surroundings surroundings) {
        ManualLoop world = surroundings.world();
        long graceMs = surroundings.graceMs();
        this.registration = registration;
        loop = new SimLoop(world);
        references = new BrokerReferences(loop::nanoTime, graceMs);
        Collector.Settings settings = new Collector.Settings(id, cluster, INTERVAL_MS, graceMs);
        GcParticipant participant = new GcParticipant(
                new GcParticipant.Settings(id, cluster, settings.pollNanos(), graceMs),
                new GcParticipant.Dependencies(
                        new GcBucket(surroundings.stores().ofParticipant(id, loop), loop),
                        loop,
                        this,
                        this,
                        references));
        participant.start();
        participant.loaded();
        GcMetrics metrics = new GcMetrics(new MetricRegistry(), world::wallTimeMs);
        GcBucket bucket = new GcBucket(surroundings.stores().ofCollector(id), loop);
        new Collector(settings, new Collector.Dependencies(bucket, loop, this, surroundings.random(), metrics)).start();
    }

    void kill() {
        alive = false;
        paused = false;
        loop.kill();
    }

    void pause(SimLoop.Clock clock) {
        paused = true;
        loop.pause(clock);
    }

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

    /** It learns which brokers are registered. */
    void learn(Map<Integer, Registration> brokers, int whoCollects) {
        registered = Map.copyOf(brokers);
        collector = whoCollects;
    }

    @Override
    public Map<Integer, Registration> registered() {
        return registered;
    }

    @Override
    public int collector() {
        return collector;
    }

    @Override
    public Optional<Registration> registration() {
        return Optional.of(registration);
    }

    @Override
    public boolean hasReadAllLogs() {
        return true;
    }
}
