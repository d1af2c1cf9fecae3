package io.narrows.broker.gc;

import io.narrows.broker.gc.BrokerReferences.Claim;
import io.narrows.broker.gc.SimReplica.Link;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.store.MemoryObjectStore.Effect;
import io.narrows.relay.store.MemoryObjectStore.Operation;
import io.narrows.relay.store.ObjectStoreException.Kind;
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
    static final int PARTITIONS = 4;
    static final int OBJECT_BYTES = 100;
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
    private final Map<Integer, SimBroker> brokers = new TreeMap<>();
    private final List<SimWriter> writers = new ArrayList<>();
    private final List<Partition> partitions = new ArrayList<>();
    private final Set<Integer> registered = new TreeSet<>();
    private boolean faults = true;
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
        brokers.put(
                id,
                new SimBroker(id, Set.copyOf(registered), new SimBroker.Surroundings(world, store, random, GRACE_MS)));
        brokers.values().forEach(this::learn);
    }

    private void place(Partition partition, int id) {
        SimBroker broker = broker(id);
        partition.replicas.add(id);
        broker.disk.put(partition.id, new SimReplica(partition.id, broker.references()));
    }

    private SimBroker broker(int id) {
        return brokers.get(id);
    }

    /** What a broker knows grows late, but it knows at once what it acts on. */
    private void learn(SimBroker broker) {
        List<Integer> working = brokers.values().stream()
                .filter(SimBroker::works)
                .map(one -> one.id)
                .toList();
        Set<Integer> known =
                sabotage == Sabotage.ASK_LIVE_BROKERS_ONLY ? new HashSet<>(working) : Set.copyOf(registered);
        broker.learn(known, working.isEmpty() ? -1 : working.get(0));
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
        for (String name : List.of("proxy-a", "proxy-b")) {
            SimWriter writer = new SimWriter(name, world, store, random, this::arrive);
            writers.add(writer);
            writer.start(1);
        }
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
        writers.forEach(SimWriter::stop);
        for (SimBroker broker : brokers.values()) {
            broker.resume();
            if (!broker.isAlive()) {
                broker.start();
            }
        }
        brokers.values().forEach(this::learn);
    }

    private void act() {
        replicate();
        int dice = random.nextInt(1000);
        SimBroker one = broker(new ArrayList<>(registered).get(random.nextInt(registered.size())));
        Partition partition = partitions.get(random.nextInt(PARTITIONS));
        if (dice < 8) {
            lead(partition);
        } else if (dice == 8 && random.nextInt(3) == 0) {
            one.kill();
        } else if (dice < 40 && !one.isAlive()) {
            one.start();
        } else if (dice == 40 && one.works()) {
            one.pauseFor(TimeUnit.MILLISECONDS.toNanos(random.nextInt(6000)));
        } else if (dice < 60) {
            move(partition);
        } else if (dice == 60 && registered.size() < 5) {
            register(registered.size() + 1);
        } else if (dice < 200) {
            learn(one);
        } else if (dice < 205) {
            copyAndDelete(partition);
        } else if (dice < 220) {
            retain(one);
        } else if (dice < 240) {
            brokers.values().forEach(this::retain);
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
                    SimBroker broker = broker(id);
                    learn(broker);
                    partition.replicas.remove(id);
                    SimReplica removed = broker.disk.remove(partition.id);
                    broker.references().close(removed.references());
                });
    }

    /** A new replica copies what all others delete meanwhile. */
    private void copyAndDelete(Partition partition) {
        SimBroker leader = broker(partition.leader);
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

    private void retain(SimBroker broker) {
        if (broker.works()) {
            broker.disk.values().forEach(replica -> replica.deleteBefore(replica.end() - random.nextInt(RETENTION)));
        }
    }

    private void replicate() {
        for (Partition partition : partitions) {
            SimBroker leader = broker(partition.leader);
            SimReplica source = leader.disk.get(partition.id);
            for (int id : partition.replicas) {
                if (id != partition.leader && leader.works() && broker(id).works() && random.nextInt(10) == 0) {
                    long delayMs = faults && random.nextInt(5) == 0 ? random.nextInt((int) GRACE_MS / 3) : 2;
                    fetch(partition, source, broker(id), delayMs);
                }
            }
        }
    }

    private void fetch(Partition partition, SimReplica source, SimBroker follower, long delayMs) {
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
        BrokerReferences process = follower.references();
        world.schedule(TimeUnit.MILLISECONDS.toNanos(delayMs), () -> {
            boolean current =
                    follower.isAlive() && follower.references() == process && follower.disk.get(partition.id) == copy;
            if (current && partition.epoch == epoch && copy.end() == from) {
                links.forEach(copy::append);
                copy.deleteBefore(leaderStart);
            }
        });
    }

    private void arrive(int number, WalObjectId object, boolean withBytes) {
        Partition partition = partitions.get(number);
        SimBroker leader = broker(partition.leader);
        if (!leader.works()) {
            return;
        }
        if (withBytes) {
            append(partition, leader, object);
            return;
        }
        var unused = store.get(object.key(), 0, OBJECT_BYTES).whenComplete((bytes, failure) -> {
            if (failure != null) {
                unreadable++;
            } else {
                bytes.release();
                append(partition, leader, object);
            }
        });
    }

    /** The claim is there a while before the link is in the log, as it is when another thread takes the account. */
    private void append(Partition partition, SimBroker leader, WalObjectId object) {
        if (!leader.works() || partition.leader != leader.id) {
            return;
        }
        BrokerReferences process = leader.references();
        int epoch = partition.epoch;
        Claim claim = process.claim(object);
        boolean granted = claim.isGranted() || (sabotage == Sabotage.IGNORE_FLOORS && process.isReady());
        world.schedule(TimeUnit.MILLISECONDS.toNanos(random.nextInt(30)), () -> {
            SimReplica log = leader.disk.get(partition.id);
            boolean leads = leader.works() && leader.references() == process && partition.leader == leader.id;
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
        for (SimBroker broker : brokers.values()) {
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
