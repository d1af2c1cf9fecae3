package io.narrows.broker.gc;

import io.narrows.broker.gc.BrokerReferences.Claim;
import io.narrows.broker.gc.SimReplica.Link;
import io.narrows.broker.gc.collector.Registration;
import io.narrows.relay.loop.Loop;
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
 * <p>Fault model. The store is slow, fails, and loses responses of what it did; a broker may be cut off from it, and
 * then learns nothing. Pointers
 * reach their leader at any time after their object is durable, also long after the grace period, with or without their
 * bytes. A fetch takes up to a fifth of the grace period from the leader's log to the follower's, not counting the time for
 * which the follower is suspended. Any replica may become leader; others truncate to it. Replicas move to other brokers,
 * also to new ones. Processes are killed and come back with their disk and nothing else, or are stopped for a while and go
 * on; their machine may be suspended, so that their monotonic clock stops too. A broker is started elsewhere on a copy of
 * its disk while its old process lives on, cut off from the controller only. A second cluster claims the same bucket. Each
 * broker learns of registrations late. Clocks of machines are wrong by seconds or by weeks, and jump. Not in the model: a disk that loses what it had, and one that gets back what it had
 * lost.
 */
final class SimCluster {
    static final long GRACE_MS = 2_000;
    /** The last one has one replica, which moves when a scenario needs a log that is nowhere else. */
    static final int PARTITIONS = 5;

    private static final int SOLO = PARTITIONS - 1;
    /** Longer than floors are remembered. */
    private static final long DAYS_MS = TimeUnit.DAYS.toMillis(15);

    /** A broker that was cut off for long looks at the store again after up to 15 s. */
    private static final long MAX_HEAL_MS = 15_000 + 6 * GRACE_MS;

    static final int OBJECT_BYTES = 100;
    /** Links to keep: some are older than the grace period when they go, some are not. */
    private static final int RETENTION = 200;

    /** Which part of the rule is left out. */
    enum Sabotage {
        NONE,
        IGNORE_FLOORS,
        ASK_LIVE_BROKERS_ONLY,
        /** Any process may answer in a broker's name. */
        ANY_PROCESS,
        /** When answers belong to one round, the collector's clocks decide. */
        TRUST_THE_COLLECTORS_CLOCK,
        /** A broker that was suspended gives its account all the same. */
        IGNORE_SUSPENSIONS,
        /** A round has only the floors that its collector knows. */
        LOWER_FLOORS,
        /** A cluster takes a bucket with an unconditional PUT. */
        CLAIM_WITHOUT_CONDITION
    }

    private final Random random;
    private final Sabotage sabotage;
    private final ManualLoop world = new ManualLoop(1_700_000_000_000L);
    private final MemoryObjectStore store = new MemoryObjectStore(world, this::effect);
    private final Map<Integer, SimBroker> brokers = new TreeMap<>();
    private final List<SimWriter> writers = new ArrayList<>();
    private final List<Partition> partitions = new ArrayList<>();
    private final Map<Integer, Registration> registered = new TreeMap<>();
    /** Brokers that the controller does not reach. */
    private final Set<Integer> uninformed = new TreeSet<>();

    private final List<SimProcess> zombies = new ArrayList<>();
    private final SimStores stores;
    private final SimRival rival;
    private long epochs;
    private boolean faults = true;
    private final boolean wrongClocks;
    private boolean scenarioRuns;
    private boolean changed;
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
        // Sabotage is looked for without them: they keep a collector from asking, and so hide it.
        wrongClocks = random.nextBoolean() && sabotage == Sabotage.NONE;
        this.sabotage = sabotage;
        stores = new SimStores(store, sabotage);
        for (int id = 1; id <= 3; id++) {
            register(id);
        }
        for (int i = 0; i < PARTITIONS; i++) {
            Partition partition = new Partition(i);
            partitions.add(partition);
            partition.leader = 1 + i % 3;
            for (int id = 1; id <= 3; id++) {
                if (i != SOLO || id == partition.leader) {
                    place(partition, id);
                }
            }
        }
        rival = new SimRival(surroundings(), store);
        boolean contested = sabotage == Sabotage.CLAIM_WITHOUT_CONDITION || random.nextInt(4) == 0;
        world.schedule(
                TimeUnit.MILLISECONDS.toNanos(contested ? random.nextInt(60) : 100 + random.nextInt(300)),
                rival::start);
    }

    private SimProcess.Surroundings surroundings() {
        return new SimProcess.Surroundings(world, random, GRACE_MS, stores);
    }

    private void register(int id) {
        SimBroker broker = new SimBroker(id, "cluster", surroundings());
        brokers.put(id, broker);
        start(broker);
        brokers.values().forEach(this::learn);
    }

    /** The controller registers a start of the broker before that does anything. */
    private void start(SimBroker broker) {
        long epoch = sabotage == Sabotage.ANY_PROCESS ? broker.id : ++epochs;
        Registration registration = new Registration(epoch, "incarnation-" + epoch, Set.of("directory-" + broker.id));
        registered.put(broker.id, registration);
        broker.start(registration);
        setClock(broker);
        learn(broker);
    }

    /** To the true time, mostly. */
    private void setClock(SimBroker broker) {
        long[] ahead = {0, 0, 0, GRACE_MS, -GRACE_MS, DAYS_MS, -DAYS_MS};
        broker.process().loop.clock(wrongClocks && faults ? ahead[random.nextInt(ahead.length)] : 0);
    }

    private void place(Partition partition, int id) {
        SimBroker broker = broker(id);
        partition.replicas.add(id);
        broker.disk.put(partition.id, new SimReplica(partition.id, broker.references()));
    }

    private SimBroker broker(int id) {
        return brokers.get(id);
    }

    /** What a broker knows grows late, but it knows immediately what it acts on. */
    private void learn(SimBroker broker) {
        if (uninformed.contains(broker.id)) {
            return;
        }
        List<Integer> working = brokers.values().stream()
                .filter(SimBroker::works)
                .map(one -> one.id)
                .toList();
        Map<Integer, Registration> known = new TreeMap<>(registered);
        if (sabotage == Sabotage.ASK_LIVE_BROKERS_ONLY) {
            known.keySet().retainAll(working);
        }
        broker.process().learn(known, working.isEmpty() ? -1 : working.get(0));
    }

    private Effect effect(Operation operation, String key, int bytes) {
        changed |= operation == Operation.DELETE;
        int maxDelayMs = !faults ? 5 : operation == Operation.PUT && key.equals("gc/cluster") ? 400 : 40;
        long delay = TimeUnit.MILLISECONDS.toNanos(1 + random.nextInt(maxDelayMs));
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
        for (int step = 0; step < 6 * GRACE_MS / 10 || (step < MAX_HEAL_MS / 10 && hasGarbage()); step++) {
            world.advance(TimeUnit.MILLISECONDS.toNanos(10));
            replicate();
            check();
        }
    }

    private boolean hasGarbage() {
        return !walKeys().equals(referenced());
    }

    private void heal() {
        faults = false;
        writers.forEach(SimWriter::stop);
        rival.stop();
        stores.healAll();
        uninformed.clear();
        zombies.forEach(SimProcess::kill);
        for (SimBroker broker : brokers.values()) {
            broker.process().resume();
            if (wrongClocks) {
                // A collector whose clock was ahead has passed over objects that came late; the next one looks at all.
                broker.kill();
            }
            if (!broker.isAlive()) {
                start(broker);
            }
        }
        brokers.values().forEach(this::learn);
    }

    private void act() {
        replicate();
        int dice = random.nextInt(1000);
        SimBroker one = broker(new ArrayList<>(registered.keySet()).get(random.nextInt(registered.size())));
        Partition partition = partitions.get(random.nextInt(SOLO));
        if (dice < 8) {
            lead(partition);
        } else if (dice == 8 && random.nextInt(3) == 0) {
            one.kill();
        } else if (dice < 40 && !one.isAlive()) {
            start(one);
        } else if (dice == 40 && one.works()) {
            one.pauseFor(TimeUnit.MILLISECONDS.toNanos(random.nextInt(6000)), anyClock());
        } else if (dice < 48 && one.works()) {
            scenario(one);
        } else if (dice == 48) {
            setClock(one);
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
        List<Integer> others = registered.keySet().stream()
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

    /** The one that shows the rule that is left out, or any. */
    private void scenario(SimBroker broker) {
        if (scenarioRuns || broker.id == partitions.get(SOLO).leader) {
            return;
        }
        scenarioRuns = true;
        after(4 * GRACE_MS, () -> scenarioRuns = false);
        switch (sabotage) {
            case ANY_PROCESS -> cloneElsewhere(broker);
            case IGNORE_SUSPENSIONS -> suspendDuringFetch(broker);
            case TRUST_THE_COLLECTORS_CLOCK -> suspendCollectorDuringRound(broker);
            case LOWER_FLOORS -> cloneCollector();
            default -> anyScenario(broker);
        }
    }

    private void anyScenario(SimBroker broker) {
        switch (random.nextInt(4)) {
            case 0 -> cloneElsewhere(broker);
            case 1 -> suspendDuringFetch(broker);
            case 2 -> cloneCollector();
            default -> suspendCollectorDuringRound(broker);
        }
    }

    private SimLoop.Clock anyClock() {
        return sabotage == Sabotage.IGNORE_SUSPENSIONS || random.nextBoolean()
                ? SimLoop.Clock.STOPS
                : SimLoop.Clock.GOES_ON;
    }

    /** The broker starts on a copy of its disk, and then gets the only log; its old process goes on. */
    private void cloneElsewhere(SimBroker broker) {
        start(broker, 4 * GRACE_MS);
        after(300, () -> moveSolo(broker, 2, 3 * GRACE_MS));
    }

    /** Starts on a copy of the disk; the old process goes on for a time and learns nothing of the cluster. */
    private SimProcess start(SimBroker broker, long besideMs) {
        SimProcess old = broker.process();
        zombies.add(old);
        after(besideMs, old::kill);
        start(broker);
        return old;
    }

    /**
     * The collector starts on a copy of its disk while its old process goes on, whose clock is behind: it finds no new
     * objects. Another broker starts later and learns its floors from the round of one of the two.
     */
    private void cloneCollector() {
        List<SimBroker> working =
                brokers.values().stream().filter(SimBroker::works).toList();
        if (working.size() < 2) {
            return;
        }
        start(working.get(0), 4 * GRACE_MS).loop.clock(-DAYS_MS);
        brokers.values().forEach(this::learn);
        SimBroker other = working.get(1 + random.nextInt(working.size() - 1));
        after(3 * GRACE_MS / 2 + random.nextInt((int) (2 * GRACE_MS)), () -> {
            if (faults && other.works()) {
                other.kill();
                start(other);
            }
        });
    }

    /** The broker is suspended while the only log is on its way to it; it resumes when no broker remembers that log. */
    private void suspendDuringFetch(SimBroker broker) {
        long pauseMs = GRACE_MS * 3 / 2 + random.nextInt((int) GRACE_MS);
        if (moveSolo(broker, GRACE_MS / 5, pauseMs + GRACE_MS)) {
            broker.pauseFor(TimeUnit.MILLISECONDS.toNanos(pauseMs), anyClock());
        }
    }

    /**
     * In the middle of a round that a broker with the only log has not answered, because it reaches only its followers:
     * another one, which has, gets that log, and the collector's machine is suspended until the first answers too.
     */
    private void suspendCollectorDuringRound(SimBroker broker) {
        SimBroker leader = broker(partitions.get(SOLO).leader);
        int collector = leader.process().collector();
        if (!leader.works() || collector < 0 || collector == leader.id || collector == broker.id) {
            return;
        }
        stores.cut(leader.id);
        uninformed.add(leader.id);
        after(400, () -> {
            if (faults && broker(collector).works()) {
                broker(collector).pauseFor(TimeUnit.MILLISECONDS.toNanos(GRACE_MS * 3), SimLoop.Clock.STOPS);
            }
        });
        after(450, () -> moveSolo(broker, 2, 3 * GRACE_MS));
        after(GRACE_MS * 3 / 2, () -> stores.heal(leader.id));
        // It was cut off for long and so waits before it looks at the store, but answers before the collector goes on.
        after(GRACE_MS * 3 + 700, () -> uninformed.remove(leader.id));
    }

    /** Copies the only log to another broker, deletes it here, and makes the other one the leader in the end. */
    private boolean moveSolo(SimBroker broker, long fetchMs, long untilMs) {
        Partition solo = partitions.get(SOLO);
        SimBroker leader = broker(solo.leader);
        if (solo.replicas.size() > 1 || broker.id == solo.leader || !leader.works() || !broker.works()) {
            return false;
        }
        place(solo, broker.id);
        SimReplica source = leader.disk.get(SOLO);
        fetch(solo, source, broker, fetchMs);
        source.deleteBefore(source.end());
        after(untilMs, () -> {
            boolean moved = broker.isAlive() && broker.disk.get(SOLO).end() > 0;
            SimBroker removed = moved ? leader : broker;
            solo.leader = moved ? broker.id : leader.id;
            solo.epoch++;
            solo.replicas.remove(removed.id);
            removed.references().close(removed.disk.remove(SOLO).references());
        });
        return true;
    }

    private void after(long delayMs, Runnable action) {
        Loop.Timer unused = world.schedule(TimeUnit.MILLISECONDS.toNanos(delayMs), action);
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
                fetch(partition, leader.disk.get(partition.id), broker(id), GRACE_MS / 5);
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
        for (Partition partition : partitions.subList(0, SOLO)) {
            SimBroker leader = broker(partition.leader);
            SimReplica source = leader.disk.get(partition.id);
            for (int id : partition.replicas) {
                if (id != partition.leader && leader.works() && broker(id).works() && random.nextInt(10) == 0) {
                    long delayMs = faults && random.nextInt(5) == 0 ? random.nextInt((int) GRACE_MS / 5) : 2;
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
        Runnable deliver = () -> {
            boolean current =
                    follower.isAlive() && follower.references() == process && follower.disk.get(partition.id) == copy;
            if (current && partition.epoch == epoch && copy.end() == from) {
                links.forEach(copy::append);
                copy.deleteBefore(leaderStart);
            }
        };
        SimLoop receiver = follower.process().loop;
        int pauses = receiver.pauses();
        receiver.schedule(TimeUnit.MILLISECONDS.toNanos(delayMs), () -> {
            if (receiver.pauses() == pauses) {
                deliver.run();
                return;
            }
            // It waited in the sockets, and is read some time after the process goes on.
            receiver.schedule(TimeUnit.MILLISECONDS.toNanos(random.nextInt((int) GRACE_MS / 5)), () -> {
                deliver.run();
                changed = true;
            });
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
        if (!changed) {
            return;
        }
        changed = false;
        Set<String> keys = new HashSet<>(store.keys());
        for (SimBroker broker : all()) {
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

    private List<SimBroker> all() {
        List<SimBroker> all = new ArrayList<>(brokers.values());
        all.add(rival.broker());
        return all;
    }

    Set<String> walKeys() {
        Set<String> keys = new TreeSet<>(store.keys());
        keys.removeIf(key -> !key.startsWith("wal/"));
        return keys;
    }

    Set<String> referenced() {
        Set<String> keys = new TreeSet<>();
        all().forEach(broker -> broker.disk
                .values()
                .forEach(replica ->
                        replica.links().forEach(link -> keys.add(link.object().key()))));
        return keys;
    }
}
