package io.narrows.bench.policy;

import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.wal.FlushWindow;
import io.narrows.relay.wal.FlushWindow.CloseReason;
import io.narrows.router.policy.PathDecision;
import io.narrows.router.policy.PathMode;
import io.narrows.router.policy.PathPolicy;
import io.narrows.router.policy.StoreCircuitBreaker;
import io.narrows.router.policy.WindowContents;
import io.narrows.router.produce.RouterConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * A zone's proxy: the production flush window and path policy over batches that arrive by the load's curve. Owned by the
 * loop.
 */
final class SimulatedZone {
    private static final int BURST = 16;
    private static final long BURST_GAP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Scenario scenario;
    private final Choice choice;
    private final int zone;
    private final ManualLoop loop;
    private final SplittableRandom random;
    private final SimulatedWriter writer;
    private final FlushWindow<Batch> window;
    private final PathPolicy policy;
    private final Bill bill;
    private final Histogram heldMicros;
    private int leftInBurst;

    SimulatedZone(Scenario scenario, Choice choice, int zone, ManualLoop loop, Histogram heldMicros) {
        this.scenario = scenario;
        this.choice = choice;
        this.zone = zone;
        this.loop = loop;
        this.heldMicros = heldMicros;
        this.random = new SplittableRandom(scenario.seed() * 31 + zone);
        this.writer = new SimulatedWriter(loop);
        this.bill = new Bill(scenario.cluster(), scenario.prices());
        RouterConfig config = RouterConfig.defaults(
                new RouterConfig.Identity(name(zone), "simulated", 1, "simulated"), mode(choice), scenario.prices());
        this.policy = new PathPolicy(
                new PathPolicy.Settings(
                        mode(choice),
                        scenario.prices(),
                        name(zone),
                        scenario.cluster().usage(),
                        scenario.lingerNanos(),
                        0),
                new StoreCircuitBreaker(config.health()));
        Map<String, Integer> brokers = new HashMap<>();
        for (int each = 0; each < scenario.cluster().zones(); each++) {
            brokers.put(name(each), scenario.cluster().brokersPerZone());
        }
        policy.surroundings(new PathPolicy.Surroundings(brokers));
        this.window = new FlushWindow<>(loop, config.window(), new Holding(), writer, this::onClose);
    }

    private static PathMode mode(Choice choice) {
        return switch (choice) {
            case ADAPTIVE, HINDSIGHT -> PathMode.AUTO;
            case STAGED -> PathMode.STAGED;
            case DIRECT, STOCK -> PathMode.DIRECT;
        };
    }

    private static String name(int zone) {
        return "zone-" + zone;
    }

    /** Batches arrive from now on. */
    void start() {
        scheduleNext();
    }

    Bill bill() {
        return bill;
    }

    void drain() {
        window.drain();
    }

    private double zoneRate() {
        double fraction = (double) loop.nanoTime() / scenario.load().duration().toNanos();
        return scenario.load().rateAt(fraction) / scenario.cluster().zones();
    }

    private void scheduleNext() {
        double rate = zoneRate();
        int bytes = scenario.load().batchBytesAt(rate);
        double meanNanos = bytes / rate * 1e9;
        long delay = switch (scenario.load().arrivals()) {
            case REGULAR -> (long) meanNanos;
            case RANDOM -> exponential(meanNanos);
            case BURSTS -> burst(meanNanos);
        };
        if (loop.nanoTime() + delay < scenario.load().duration().toNanos()) {
            var unused = loop.schedule(delay, () -> {
                int partition = random.nextInt(scenario.cluster().partitions());
                window.add(new Batch(partition, bytes, loop.nanoTime()), bytes);
                scheduleNext();
            });
        }
    }

    private long exponential(double meanNanos) {
        return (long) (-Math.log(1 - random.nextDouble()) * meanNanos);
    }

    private long burst(double meanNanos) {
        if (leftInBurst > 0) {
            leftInBurst--;
            return Math.min(BURST_GAP_NANOS, (long) meanNanos);
        }
        leftInBurst = BURST - 1;
        return exponential(Math.max(0, meanNanos - BURST_GAP_NANOS) * BURST);
    }

    private final class Holding implements FlushWindow.HoldPolicy<Batch> {
        @Override
        public long holdNanos(Batch batch, long bytes, long pendingBytes) {
            if (choice == Choice.HINDSIGHT) {
                return scenario.lingerNanos();
            }
            int leader = scenario.cluster().leader(batch.partition());
            return policy.onArrival(leader, zoneOf(leader), bytes, loop.nanoTime());
        }

        /** The best choice with hindsight knows what is still to come, and waits for it. */
        @Override
        public boolean isAllThereIs(long pendingBytes) {
            return choice != Choice.HINDSIGHT && writer.isIdle();
        }
    }

    private void onClose(List<Batch> batches, long bytes, CloseReason reason) {
        long now = loop.nanoTime();
        batches.forEach(batch -> heldMicros.recordValue((now - batch.arrivedAt()) / 1_000));
        if (reason != CloseReason.STALLED && isStaged(batches, now)) {
            bill.staged(zone, batches);
            writer.put(window::wake);
        } else {
            bill.direct(zone, batches);
        }
    }

    private boolean isStaged(List<Batch> batches, long now) {
        if (choice == Choice.HINDSIGHT) {
            Bill direct = new Bill(scenario.cluster(), scenario.prices());
            Bill staged = new Bill(scenario.cluster(), scenario.prices());
            direct.direct(zone, batches);
            staged.staged(zone, batches);
            return staged.dollars() < direct.dollars();
        }
        WindowContents contents = new WindowContents();
        for (Batch batch : batches) {
            int leader = scenario.cluster().leader(batch.partition());
            policy.add(contents, leader, zoneOf(leader), batch.bytes(), now);
        }
        return policy.decide(contents, now).path() == PathDecision.Path.STAGED;
    }

    private String zoneOf(int broker) {
        return name(scenario.cluster().zoneOfBroker(broker));
    }
}
