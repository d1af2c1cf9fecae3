package io.narrows.broker.gc;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.gc.BrokerReferences.Claim;
import io.narrows.broker.gc.SimReplica.Link;
import io.narrows.relay.gc.Collector;
import io.narrows.relay.gc.Collector.Membership;
import io.narrows.relay.gc.GcBucket;
import io.narrows.relay.gc.GcMetrics;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.store.MemoryObjectStore.Effect;
import io.narrows.relay.store.MemoryObjectStore.Operation;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Writers, brokers with disks, and the real parts of garbage collection on one store, all in one thread with a seed.
 *
 * <p>Fault model. The store is slow, fails, and loses answers of what it did. Pointers reach their leader at any time
 * after their object is durable, also long after the grace period, with or without their bytes. A fetch takes up to a third of the
 * grace period from the leader's log to the follower's. Any replica may become leader; others truncate to it. Replicas
 * move to other brokers, also to new ones. Processes are killed and come back with their disk and nothing else, or stand still
 * for a while and go on. Each broker learns of registrations late. Not in the model: a disk that loses what it had, and one
 * that gets back what it had lost.
 */
final class SimCluster {
    static final long GRACE_MS = 2_000;
    private static final long INTERVAL_MS = 300;
    private static final int PARTITIONS = 4;
    /** Links to keep: some are older than the grace period when they go, some are not. */
    private static final int RETENTION = 200;

    /** Which part of the rule is left out. */
    enum Sabotage {
        NONE,
        IGNORE_FLOORS,
        ASK_LIVE_BROKERS_ONLY
    }

    private final Random random;
    private final Sabotage sabotage;
    private final ManualLoop world = new ManualLoop(1_000_000_000);
    private final MemoryObjectStore store = new MemoryObjectStore(world, this::effect);
    private final Map<Integer, Broker> brokers = new TreeMap<>();
    private final List<Partition> partitions = new ArrayList<>();
    private final Set<Integer> registered = new TreeSet<>();
    private boolean faults = true;
    private boolean writing = true;
    private boolean deleted;
    long links;
    long late;
    long unreadable;

    private static final class Partition {
        private final int id;
        private final Set<Integer> replicas = new TreeSet<>();
        private int leader;
        private int epoch;

        Partition(int id) {
            this.id = id;
        }
    }

    /** A broker: its disk, and the process that runs on it now. */
    private final class Broker implements Membership {
        private final int id;
        private final Map<Integer, SimReplica> disk = new TreeMap<>();
        private Set<Integer> known;
        private int knownCollector = 1;
        private SimLoop loop;
        private BrokerReferences references;
        private boolean alive;
        private boolean paused;

        Broker(int id) {
            this.id = id;
            known = Set.copyOf(registered);
            start();
        }

        void start() {
            alive = true;
            loop = new SimLoop(world);
            references = new BrokerReferences(world::nanoTime, GRACE_MS);
            disk.values().forEach(replica -> replica.loadInto(references));
            Collector.Settings settings = new Collector.Settings(id, "cluster", INTERVAL_MS, GRACE_MS);
            GcBucket bucket = new GcBucket(store, loop);
            GcParticipant participant = new GcParticipant(
                    new GcParticipant.Settings(id, "cluster", settings.pollNanos(), GRACE_MS),
                    new GcParticipant.Parts(bucket, loop, this, () -> true, references));
            participant.start();
            participant.loaded();
            new Collector(
                            settings,
                            new Collector.Parts(
                                    bucket, loop, this, random, new GcMetrics(new MetricRegistry(), world::wallTimeMs)))
                    .start();
        }

        void kill() {
            alive = false;
            paused = false;
            loop.kill();
        }

        boolean works() {
            return alive && !paused;
        }

        /** What it knows grows late, but it knows at once what it acts on. */
        void learn() {
            known = sabotage == Sabotage.ASK_LIVE_BROKERS_ONLY
                    ? new HashSet<>(brokers.values().stream()
                            .filter(Broker::works)
                            .map(broker -> broker.id)
                            .toList())
                    : Set.copyOf(registered);
            knownCollector = brokers.values().stream()
                    .filter(Broker::works)
                    .mapToInt(broker -> broker.id)
                    .min()
                    .orElse(-1);
        }

        @Override
        public Set<Integer> registered() {
            return known;
        }

        @Override
        public int collector() {
            return knownCollector;
        }
    }

    SimCluster(long seed, Sabotage sabotage) {
        random = new Random(seed);
        this.sabotage = sabotage;
        for (int id = 1; id <= 3; id++) {
            register(id);
        }
        for (int i = 0; i < PARTITIONS; i++) {
            Partition partition = new Partition(i);
            partitions.add(partition);
            partition.leader = 1 + i % 3;
            for (int id = 1; id <= 3; id++) {
                place(partition, id);
            }
        }
    }

    private void register(int id) {
        registered.add(id);
        brokers.put(id, new Broker(id));
        brokers.values().forEach(Broker::learn);
    }

    private void place(Partition partition, int id) {
        Broker broker = broker(id);
        partition.replicas.add(id);
        broker.disk.put(partition.id, new SimReplica(partition.id, broker.references));
    }

    private Broker broker(int id) {
        return brokers.get(id);
    }

    private Effect effect(Operation operation, String key, int bytes) {
        deleted |= operation == Operation.DELETE;
        long delay = TimeUnit.MILLISECONDS.toNanos(1 + random.nextInt(faults ? 40 : 5));
        int dice = faults ? random.nextInt(100) : 99;
        if (dice < 2) {
            return Effect.fail(delay, Kind.UNAVAILABLE);
        }
        return dice < 4 ? Effect.loseAnswer(delay) : Effect.delay(delay);
    }

    /** Runs for a time with faults, then heals, stops writing and waits until garbage is gone. */
    void run(int seconds) {
        scheduleWriter("proxy-a", 1);
        scheduleWriter("proxy-b", 1);
        for (int step = 0; step < seconds * 100; step++) {
            world.advance(TimeUnit.MILLISECONDS.toNanos(10));
            act();
            check();
        }
        heal();
        for (int step = 0; step < 5 * GRACE_MS / 10; step++) {
            world.advance(TimeUnit.MILLISECONDS.toNanos(10));
            replicate();
            check();
        }
    }

    private void heal() {
        faults = false;
        writing = false;
        for (Broker broker : brokers.values()) {
            if (broker.paused) {
                broker.paused = false;
                broker.loop.resume();
            }
            if (!broker.alive) {
                broker.start();
            }
        }
        brokers.values().forEach(Broker::learn);
    }

    private void act() {
        replicate();
        int dice = random.nextInt(1000);
        Broker one = broker(new ArrayList<>(registered).get(random.nextInt(registered.size())));
        Partition partition = partitions.get(random.nextInt(PARTITIONS));
        if (dice < 8) {
            lead(partition);
        } else if (dice == 8 && random.nextInt(3) == 0) {
            one.kill();
        } else if (dice < 40 && !one.alive) {
            one.start();
        } else if (dice == 40 && one.works()) {
            one.paused = true;
            one.loop.pause();
            world.schedule(TimeUnit.MILLISECONDS.toNanos(random.nextInt(6000)), () -> resume(one));
        } else if (dice < 60) {
            move(partition);
        } else if (dice == 60 && registered.size() < 5) {
            register(registered.size() + 1);
        } else if (dice < 200) {
            one.learn();
        } else if (dice < 205) {
            copyAndDelete(partition);
        } else if (dice < 220) {
            retain(one);
        } else if (dice < 240) {
            brokers.values().forEach(this::retain);
        }
    }

    private void resume(Broker broker) {
        if (broker.paused) {
            broker.paused = false;
            broker.loop.resume();
        }
    }

    private void lead(Partition partition) {
        List<Integer> able =
                partition.replicas.stream().filter(id -> broker(id).works()).toList();
        if (!able.isEmpty()) {
            partition.leader = able.get(random.nextInt(able.size()));
            partition.epoch++;
        }
    }

    /** A replica more, or one less that is not the leader and whose data another working broker has. */
    private void move(Partition partition) {
        List<Integer> others = registered.stream()
                .filter(id -> !partition.replicas.contains(id))
                .toList();
        if (partition.replicas.size() < 4 && !others.isEmpty()) {
            place(partition, others.get(random.nextInt(others.size())));
            return;
        }
        partition.replicas.stream()
                .filter(id -> id != partition.leader && broker(id).works() && partition.replicas.size() > 2)
                .findAny()
                .ifPresent(id -> {
                    Broker broker = broker(id);
                    broker.learn();
                    partition.replicas.remove(id);
                    SimReplica removed = broker.disk.remove(partition.id);
                    broker.references.close(removed.references());
                });
    }

    /** A new replica copies what all others delete meanwhile. */
    private void copyAndDelete(Partition partition) {
        Broker leader = broker(partition.leader);
        int before = partition.replicas.size();
        move(partition);
        if (partition.replicas.size() <= before || !leader.works()) {
            return;
        }
        for (int id : partition.replicas) {
            SimReplica replica = broker(id).disk.get(partition.id);
            if (replica.end() == 0) {
                fetch(partition, leader.disk.get(partition.id), broker(id), GRACE_MS / 3);
            } else if (broker(id).works()) {
                replica.deleteBefore(replica.end());
            }
        }
    }

    private void retain(Broker broker) {
        if (broker.works()) {
            broker.disk.values().forEach(replica -> replica.deleteBefore(replica.end() - random.nextInt(RETENTION)));
        }
    }

    private void replicate() {
        for (Partition partition : partitions) {
            Broker leader = broker(partition.leader);
            SimReplica source = leader.disk.get(partition.id);
            for (int id : partition.replicas) {
                if (id != partition.leader && leader.works() && broker(id).works() && random.nextInt(10) == 0) {
                    long delayMs = faults && random.nextInt(5) == 0 ? random.nextInt((int) GRACE_MS / 3) : 2;
                    fetch(partition, source, broker(id), delayMs);
                }
            }
        }
    }

    private void fetch(Partition partition, SimReplica source, Broker follower, long delayMs) {
        SimReplica copy = follower.disk.get(partition.id);
        if (copy.end() < source.start() || copy.start() > source.end()) {
            copy.startAt(source.start());
        }
        copy.truncateTo(copy.divergesFrom(source));
        long from = copy.end();
        if (from < source.start()) {
            return;
        }
        List<Link> links = source.read(from);
        long leaderStart = source.start();
        int epoch = partition.epoch;
        BrokerReferences process = follower.references;
        world.schedule(TimeUnit.MILLISECONDS.toNanos(delayMs), () -> {
            boolean current =
                    follower.alive && follower.references == process && follower.disk.get(partition.id) == copy;
            if (current && partition.epoch == epoch && copy.end() == from) {
                links.forEach(copy::append);
                copy.deleteBefore(leaderStart);
            }
        });
    }

    private void scheduleWriter(String name, long incarnation) {
        long[] sequence = {0};
        int life = 50 + random.nextInt(400);
        Runnable[] write = new Runnable[1];
        write[0] = () -> {
            if (!writing) {
                return;
            }
            if (sequence[0] == life) {
                scheduleWriter(name, incarnation + 1);
                return;
            }
            put(new WalObjectId(name, incarnation, sequence[0]++));
            world.schedule(TimeUnit.MILLISECONDS.toNanos(5 + random.nextInt(40)), write[0]);
        };
        world.schedule(1, write[0]);
    }

    private void put(WalObjectId object) {
        var unused = store.put(object.key(), Unpooled.wrappedBuffer(new byte[100]))
                .whenComplete((done, failure) -> {
                    if (failure != null || random.nextInt(20) == 0) {
                        return;
                    }
                    int pointers = random.nextInt(4) > 0 ? 1 : 1 + random.nextInt(PARTITIONS);
                    for (int i = 0; i < pointers; i++) {
                        int dice = random.nextInt(100);
                        long delayMs = dice < 80
                                ? random.nextInt(20)
                                : random.nextInt((int) (dice < 95 ? 1 : 3) * (int) GRACE_MS);
                        boolean withBytes = random.nextInt(3) == 0;
                        Partition partition = partitions.get(random.nextInt(PARTITIONS));
                        world.schedule(
                                TimeUnit.MILLISECONDS.toNanos(delayMs), () -> arrive(partition, object, withBytes));
                    }
                });
    }

    private void arrive(Partition partition, WalObjectId object, boolean withBytes) {
        Broker leader = broker(partition.leader);
        if (!leader.works()) {
            return;
        }
        if (withBytes) {
            append(partition, leader, object);
            return;
        }
        var unused = store.get(object.key(), 0, 100).whenComplete((bytes, failure) -> {
            if (failure != null) {
                unreadable++;
            } else {
                bytes.release();
                append(partition, leader, object);
            }
        });
    }

    /** The claim is there a while before the link is in the log, as it is when another thread takes the account. */
    private void append(Partition partition, Broker leader, WalObjectId object) {
        if (!leader.works() || partition.leader != leader.id) {
            return;
        }
        BrokerReferences process = leader.references;
        int epoch = partition.epoch;
        Claim claim = process.claim(object);
        boolean granted = claim.isGranted() || (sabotage == Sabotage.IGNORE_FLOORS && process.isReady());
        world.schedule(TimeUnit.MILLISECONDS.toNanos(random.nextInt(30)), () -> {
            SimReplica log = leader.disk.get(partition.id);
            boolean leads = leader.works() && leader.references == process && partition.leader == leader.id;
            if (leads && partition.epoch == epoch && granted) {
                log.append(new Link(object, epoch));
                links++;
            } else if (!granted) {
                late++;
            }
            claim.close();
        });
    }

    /** Invariant I3. */
    private void check() {
        if (!deleted) {
            return;
        }
        deleted = false;
        Set<String> keys = new HashSet<>(store.keys());
        for (Broker broker : brokers.values()) {
            for (SimReplica replica : broker.disk.values()) {
                for (Link link : replica.links()) {
                    if (!keys.contains(link.object().key())) {
                        throw new AssertionError("at " + world.wallTimeMs() + " broker " + broker.id
                                + " has a link in t-" + replica.partition + " to "
                                + link.object().key() + ", which was deleted");
                    }
                }
            }
        }
    }

    Set<String> walKeys() {
        Set<String> keys = new TreeSet<>(store.keys());
        keys.removeIf(key -> !key.startsWith("wal/"));
        return keys;
    }

    Set<String> referenced() {
        Set<String> keys = new TreeSet<>();
        brokers.values()
                .forEach(broker -> broker.disk
                        .values()
                        .forEach(replica -> replica.links()
                                .forEach(link -> keys.add(link.object().key()))));
        return keys;
    }
}
