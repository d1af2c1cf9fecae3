package io.narrows.proxy.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.loop.ManualLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proxies come, drain, die, restart, and are cut off from their group for a while, with batches in flight all the time.
 * What must hold: a proxy takes no batch of a partition while another has one to finish, but for proxies that do not hear
 * of each other: one took its batch alone, or went alone or was cut off while it had it, or died. Then the one that takes knows that an
 * owner may be lost, unless it is just cut off itself; without such events no proxy assumes it. And once everything is calm,
 * every partition has exactly one proxy. Replay a seed with -Dsim.seed=N; -Dsim.runs=N runs more, from
 * -Dsim.first on.
 */
final class GatewaySimulationTest {
    private static final Logger LOG = LoggerFactory.getLogger(GatewaySimulationTest.class);
    private static final String TOPIC = "t";
    private static final int PARTITIONS = 12;
    private static final int STEPS = 1_500;
    private static final int STEP_MS = 10;
    private static final int MAX_PROXIES = 5;
    private static final int LEFT_BEHIND_MS = 5_000;
    private static final int FAREWELL_MS = 1_000;

    private record Batch(SimProxy proxy, int partition, long until, boolean takenAlone, int cutsBefore) {}

    private static final class World {
        final Random random;
        final ManualLoop loop = new ManualLoop(0);
        final FakeGroup group;
        final int maxOwners;
        final List<SimProxy> proxies = new ArrayList<>();
        final List<Batch> batches = new ArrayList<>();

        /** Of proxies that died; they may still be on their way to a leader. */
        final List<Batch> leftBehind = new ArrayList<>();

        int started;

        World(long seed) {
            random = new Random(seed);
            group = new FakeGroup(loop, random);
            maxOwners = seed % 2 == 0 ? GatewaySettings.ALL : 1 + random.nextInt(2);
        }

        /** With a seed given, prints what happens. */
        void trace(String event, @Nullable SimProxy proxy) {
            if (Integer.getInteger("sim.seed") != null) {
                LOG.warn(
                        "{} ms: {} {} incarnation={} plan={} group={}",
                        loop.wallTimeMs(),
                        event,
                        proxy == null ? "" : proxy.id,
                        proxy == null ? 0 : proxy.incarnation,
                        proxy == null ? "" : proxy.handover.plan(),
                        group);
            }
        }

        void startOne() {
            String id = "p" + started % MAX_PROXIES;
            started++;
            if (proxies.stream().noneMatch(proxy -> proxy.id.equals(id))) {
                SimProxy proxy =
                        new SimProxy(id, started, group, loop, random, SimProxy.settings(maxOwners, SimProxy.SEALED));
                proxies.add(proxy);
                proxy.member.start();
                trace("start", proxy);
            }
        }

        void disturb() {
            int dice = random.nextInt(1_000);
            SimProxy victim = proxies.isEmpty() ? null : proxies.get(random.nextInt(proxies.size()));
            if (victim == null || dice < 12) {
                startOne();
            } else if (dice < 18 && victim.drained == null) {
                trace("drain", victim);
                victim.drain();
            } else if (dice < 22) {
                kill(victim);
            } else if (dice < 28) {
                cut(victim);
            } else if (dice < 29) {
                trace("refuse", null);
                group.refuse(Errors.COORDINATOR_LOAD_IN_PROGRESS);
                proxies.forEach(SimProxy::losesTouch);
                later(400, () -> group.refuse(null));
            }
        }

        void kill(SimProxy victim) {
            trace("kill", victim);
            victim.dead = true;
            proxies.remove(victim);
            batches.stream().filter(batch -> batch.proxy() == victim).forEach(leftBehind::add);
            batches.removeAll(leftBehind);
        }

        void cut(SimProxy victim) {
            if (victim.reachable) {
                trace("cut", victim);
                victim.reachable = false;
                victim.losesTouch();
                later(50 + random.nextInt(3_000), () -> victim.reachable = true);
            }
        }

        void later(long ms, Runnable task) {
            var unused = loop.schedule(TimeUnit.MILLISECONDS.toNanos(ms), task);
        }

        void produceAsMembers() {
            produce(proxies.stream().filter(proxy -> proxy.member.isMember()).toList());
        }

        void produce() {
            produce(proxies);
        }

        private void produce(List<SimProxy> through) {
            for (SimProxy proxy : through) {
                int partition = random.nextInt(PARTITIONS);
                // A drained proxy closes its connections.
                if (!proxy.left() && proxy.handover.tryEnter(TOPIC, partition)) {
                    boolean alone = proxy.handover.plan() == null;
                    Batch batch = new Batch(
                            proxy,
                            partition,
                            loop.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(600)),
                            alone,
                            proxy.cuts - (proxy.outOfTouch ? 1 : 0));
                    checkAlone(batch);
                    batches.add(batch);
                }
            }
        }

        private void checkAlone(Batch taken) {
            boolean knows = taken.proxy().member.mayOwnersBeLost() || taken.proxy().outOfTouch;
            for (Batch other : batches) {
                boolean both = other.partition() == taken.partition() && other.proxy() != taken.proxy();
                boolean heardOfEachOther = !excused(taken) && !excused(other);
                check(!both || !heardOfEachOther, "took a batch", taken, other);
                check(!both || knows, "took a batch, and knows of nothing,", taken, other);
            }
            for (Batch other : leftBehind) {
                boolean both = other.partition() == taken.partition();
                check(!both || knows, "took a batch, and knows of nothing,", taken, other);
            }
        }

        private static void check(boolean holds, String what, Batch taken, Batch other) {
            assertThat(holds)
                    .as(
                            "partition %d: %s (%s) %s while %s (%s) has one to finish",
                            taken.partition(),
                            taken.proxy().id,
                            taken.proxy().handover.plan(),
                            what,
                            other.proxy().id,
                            other.proxy().handover.plan())
                    .isTrue();
        }

        private static boolean excused(Batch batch) {
            boolean wentAlone = batch.proxy().handover.plan() == null;
            return batch.takenAlone() || wentAlone || batch.proxy().cuts > batch.cutsBefore();
        }

        void finishBatches() {
            long now = loop.nanoTime();
            batches.removeIf(batch -> {
                if (batch.until() <= now) {
                    batch.proxy().handover.leave(TOPIC, batch.partition());
                    return true;
                }
                return false;
            });
        }

        void finish() {
            finishBatches();
            long now = loop.nanoTime();
            leftBehind.removeIf(batch -> batch.until() + TimeUnit.MILLISECONDS.toNanos(LEFT_BEHIND_MS) <= now);
            if (group.size() == 0) {
                // No member is left that knew the others.
                leftBehind.clear();
            }
            proxies.removeIf(proxy -> {
                boolean ended = proxy.left() && batches.stream().noneMatch(batch -> batch.proxy() == proxy);
                if (ended) {
                    trace("ended", proxy);
                    proxy.member.close();
                }
                return ended;
            });
        }

        void step() {
            finish();
            loop.advance(TimeUnit.MILLISECONDS.toNanos(STEP_MS));
            produce();
        }
    }

    /** Who has handed over says farewell for a while, so that all others have heard. */
    private static void leaveSomeTimeAfter(World world, SimProxy draining) {
        world.later(FAREWELL_MS, () -> {
            if (draining.left()) {
                draining.leave();
            } else {
                leaveSomeTimeAfter(world, draining);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void noOwnerIsAssumedLostWhenProxiesJoinAndDrain(int seed) {
        World world = new World(seed);
        world.startOne();
        for (int i = 0; i < STEPS; i++) {
            int dice = world.random.nextInt(100);
            SimProxy any = world.proxies.get(world.random.nextInt(world.proxies.size()));
            if (dice < 2) {
                world.startOne();
            } else if (dice < 4
                    && any.member.isMember()
                    && world.proxies.stream().anyMatch(one -> one != any && one.isThere())) {
                any.drain();
                leaveSomeTimeAfter(world, any);
            }
            world.loop.advance(TimeUnit.MILLISECONDS.toNanos(STEP_MS));
            world.produceAsMembers();
            world.finishBatches();
            world.proxies.removeIf(SimProxy::hasLeft);
            world.proxies.forEach(one -> assertThat(one.member.isMember() && one.member.mayOwnersBeLost())
                    .as("%s (%s) thinks so", one.id, one.handover.plan())
                    .isFalse());
        }
    }

    static IntStream seeds() {
        Integer seed = Integer.getInteger("sim.seed");
        int first = Integer.getInteger("sim.first", 0);
        return seed != null ? IntStream.of(seed) : IntStream.range(first, first + Integer.getInteger("sim.runs", 40));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void noPartitionHasTwoProxiesThatHearOfEachOther(int seed) {
        World world = new World(seed);
        world.startOne();
        for (int i = 0; i < STEPS; i++) {
            world.disturb();
            world.step();
        }
        while (world.proxies.stream().filter(proxy -> proxy.drained == null).count() < 2) {
            // All ids may be those of proxies that drain: they go in time.
            world.startOne();
            world.step();
        }
        for (int i = 0; i < 1_000; i++) {
            world.step();
        }
        for (int partition = 0; partition < PARTITIONS; partition++) {
            int of = partition;
            assertThat(world.proxies.stream()
                            .filter(proxy -> !proxy.left() && proxy.takes(TOPIC, of))
                            .count())
                    .as("owners of partition %d in the end", partition)
                    .isEqualTo(1);
        }
    }
}
