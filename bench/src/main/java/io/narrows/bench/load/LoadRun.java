package io.narrows.bench.load;

import io.narrows.bench.verify.DeliveryCheck;
import io.narrows.bench.verify.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a {@link LoadPlan} against topics that exist: starts the clients, shows how far they are, and ends with a
 * {@link LoadResult}. Owns the clients' threads. {@link #finish} and {@link #progress} belong to the thread that
 * started it.
 */
public final class LoadRun {
    private static final Logger LOG = LoggerFactory.getLogger(LoadRun.class);
    private static final long PRODUCERS_END_MS = TimeUnit.MINUTES.toMillis(3);

    private final LoadPlan plan;
    private final List<ZoneEndpoints> zones;
    private final RunState state;
    private final List<DeliveryCheck> checks = new ArrayList<>();
    private final List<ReaderTask> readers = new ArrayList<>();
    private final List<Thread> readerThreads = new ArrayList<>();
    private final Histogram latency = new Histogram(TimeUnit.MINUTES.toMicros(10), 3);
    private final long startNanos;

    private LoadRun(LoadPlan plan, List<ZoneEndpoints> zones) {
        this.plan = plan;
        this.zones = List.copyOf(zones);
        this.state = new RunState(plan, zones.size() * plan.producers().perZone());
        this.startNanos = Pace.nowNanos();
    }

    public static LoadRun start(LoadPlan plan, List<ZoneEndpoints> zones) {
        LoadRun run = new LoadRun(plan, zones);
        run.startReaders();
        run.startProducers();
        return run;
    }

    private void startReaders() {
        switch (plan.readers().fanOut()) {
            case NONE -> {}
            case SHARED -> {
                DeliveryCheck check = newCheck();
                for (int zone = 0; zone < zones.size(); zone++) {
                    List<TopicPartition> share = share(zone);
                    if (!share.isEmpty()) {
                        startReader(zone, check, share);
                    }
                }
            }
            case EVERY_ZONE -> {
                for (int zone = 0; zone < zones.size(); zone++) {
                    startReader(zone, newCheck(), allPartitions());
                }
            }
        }
    }

    private DeliveryCheck newCheck() {
        DeliveryCheck check = new DeliveryCheck(state.ledger(), state.slab());
        checks.add(check);
        return check;
    }

    private void startReader(int zone, DeliveryCheck check, List<TopicPartition> partitions) {
        ReaderTask reader = new ReaderTask(plan, state, check, zones.get(zone), partitions);
        readers.add(reader);
        readerThreads.add(startThread("reader-" + zones.get(zone).zone(), reader));
    }

    private void startProducers() {
        int perZone = plan.producers().perZone();
        for (int index = 0; index < zones.size() * perZone; index++) {
            ZoneEndpoints zone = zones.get(index / perZone);
            Thread unused =
                    startThread("load-" + zone.zone() + "-" + index, new ProducerTask(plan, state, index, zone));
        }
    }

    private static Thread startThread(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((t, e) -> LOG.error("Client thread {} ended with an error", t.getName(), e));
        thread.start();
        return thread;
    }

    /** The reader of a partition moves on by one zone per round, so that reader and leader zones mix. */
    private List<TopicPartition> share(int zone) {
        return allPartitions().stream()
                .filter(p -> readerZone(p.partition(), zones.size()) == zone)
                .toList();
    }

    /** In which zone a partition is read when the zones share the partitions. */
    public static int readerZone(int partition, int zones) {
        return (partition + partition / zones) % zones;
    }

    private List<TopicPartition> allPartitions() {
        List<TopicPartition> all = new ArrayList<>();
        for (int partition = 0; partition < plan.partitions(); partition++) {
            all.add(new TopicPartition(plan.topic(), partition));
        }
        return all;
    }

    /** Ends production before its time. */
    public void stopProducing() {
        state.stopProducing();
    }

    /** True when all producers have ended; waits for at most the given time. */
    public boolean awaitProducers(Duration atMost) throws InterruptedException {
        return state.awaitProducers(atMost.toMillis());
    }

    /** Where the run is; latencies are those since the last call. */
    public LoadProgress progress() {
        Histogram interval = state.drainLatency();
        latency.add(interval);
        long consumed = checks.stream().mapToLong(DeliveryCheck::records).sum();
        return new LoadProgress(
                elapsed(),
                state.records(),
                state.bytes(),
                consumed,
                interval.getValueAtPercentile(50) / 1e3,
                interval.getValueAtPercentile(99) / 1e3);
    }

    private Duration elapsed() {
        return Duration.ofNanos(Pace.nowNanos() - startNanos);
    }

    /** Waits for the producers and then for the readers to reach the end, and judges. */
    public LoadResult finish(Duration readersAtMost) throws InterruptedException {
        boolean ended = state.awaitProducers(plan.duration().toMillis() + PRODUCERS_END_MS);
        Duration producing = elapsed();
        if (!ended) {
            state.errors().add("producer", new IllegalStateException("producers did not end in time"));
            state.stopProducing();
        }
        boolean caughtUp = awaitReaders(readersAtMost);
        LoadProgress unused = progress();
        Map<Integer, long[]> acknowledged = new HashMap<>();
        int producers = zones.size() * plan.producers().perZone();
        for (int producer = 0; producer < producers; producer++) {
            long[] byPartition = new long[plan.partitions()];
            for (int partition = 0; partition < plan.partitions(); partition++) {
                byPartition[partition] = state.ledger().acknowledgedCount(producer, partition);
            }
            acknowledged.put(producer, byPartition);
        }
        List<Verdict> verdicts = checks.stream().map(DeliveryCheck::verdict).toList();
        return new LoadResult(
                producing,
                new LoadResult.Totals(
                        state.ledger().sent(),
                        state.ledger().acknowledgedCount(),
                        state.ledger().uncertainCount(),
                        state.bytes()),
                acknowledged,
                latency,
                verdicts,
                caughtUp && ended,
                state.errors().counts(),
                state.traffic());
    }

    private boolean awaitReaders(Duration atMost) throws InterruptedException {
        long deadline = Pace.nowNanos() + atMost.toNanos();
        boolean all = true;
        for (int i = 0; i < readerThreads.size(); i++) {
            long leftMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - Pace.nowNanos()));
            readerThreads.get(i).join(leftMs);
            if (readerThreads.get(i).isAlive()) {
                all = false;
                readers.get(i).stop();
                readerThreads.get(i).join(TimeUnit.SECONDS.toMillis(5));
            }
        }
        return all;
    }
}
