package io.narrows.cli.load;

import io.narrows.cli.verify.DeliveryCheck;
import io.narrows.cli.verify.Ledger;
import io.narrows.cli.verify.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
    private final List<Integer> here;
    private final RunState state;
    private final List<Checked> checks = new ArrayList<>();
    private final List<ReaderTask> readers = new ArrayList<>();
    private final List<Thread> readerThreads = new ArrayList<>();
    private final Histogram latency = new Histogram(TimeUnit.MINUTES.toMicros(10), 3);
    private final long startNanos;

    private LoadRun(LoadPlan plan, List<ZoneEndpoints> zones, List<Integer> here) {
        this.plan = plan;
        this.zones = List.copyOf(zones);
        this.here = List.copyOf(here);
        int perZone = plan.producers().perZone();
        this.state = new RunState(plan, zones.size() * perZone, here.size() * perZone);
        this.startNanos = Pace.nowNanos();
    }

    /** What one group reads in this process, and what it is checked with. */
    private record Checked(DeliveryCheck check, List<TopicPartition> partitions) {
        Verdict verdict() {
            return check.verdict(
                    partitions.stream().map(TopicPartition::partition).toList());
        }
    }

    public static LoadRun start(LoadPlan plan, List<ZoneEndpoints> zones) {
        return start(plan, zones, IntStream.range(0, zones.size()).boxed().toList());
    }

    /**
     * One zone's part of a run whose other zones are in other processes. Its readers end after
     * {@link #producersEndedElsewhere}.
     */
    public static LoadRun startZone(LoadPlan plan, List<ZoneEndpoints> zones, int zone) {
        return start(plan, zones, List.of(zone));
    }

    private static LoadRun start(LoadPlan plan, List<ZoneEndpoints> zones, List<Integer> here) {
        LoadRun run = new LoadRun(plan, zones, here);
        run.startReaders();
        run.startProducers();
        return run;
    }

    private void startReaders() {
        switch (plan.readers().fanOut()) {
            case NONE -> {}
            case SHARED -> {
                for (int group = 0; group < plan.readers().groups(); group++) {
                    startGroup(group);
                }
            }
            case EVERY_ZONE -> {
                for (int zone : here) {
                    startReader(zone, newCheck(allPartitions()), allPartitions());
                }
            }
        }
    }

    private void startGroup(int group) {
        List<TopicPartition> readHere = new ArrayList<>();
        here.forEach(zone -> readHere.addAll(share(zone, group)));
        DeliveryCheck check = newCheck(readHere);
        for (int zone : here) {
            List<TopicPartition> share = share(zone, group);
            if (!share.isEmpty()) {
                startReader(zone, check, share);
            }
        }
    }

    private DeliveryCheck newCheck(List<TopicPartition> partitions) {
        DeliveryCheck check = new DeliveryCheck(state.ledger(), state.slab());
        checks.add(new Checked(check, List.copyOf(partitions)));
        return check;
    }

    private void startReader(int zone, DeliveryCheck check, List<TopicPartition> partitions) {
        ReaderTask reader = new ReaderTask(plan, state, check, zones.get(zone), partitions);
        readers.add(reader);
        readerThreads.add(startThread("reader-" + zones.get(zone).zone(), reader));
    }

    private void startProducers() {
        int perZone = plan.producers().perZone();
        for (int place : here) {
            ZoneEndpoints zone = zones.get(place);
            for (int index = place * perZone; index < (place + 1) * perZone; index++) {
                Thread unused =
                        startThread("load-" + zone.zone() + "-" + index, new ProducerTask(plan, state, index, zone));
            }
        }
    }

    private static Thread startThread(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((t, e) -> LOG.atError()
                .addKeyValue("thread", t.getName())
                .setCause(e)
                .log("A client thread ended with an error"));
        thread.start();
        return thread;
    }

    /** The reader of a partition moves on by one zone per round and group, so that reader and leader zones mix. */
    private List<TopicPartition> share(int zone, int group) {
        return allPartitions().stream()
                .filter(p -> (readerZone(p.partition(), zones.size()) + group) % zones.size() == zone)
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

    /**
     * Starts another group, whose readers begin at the beginning now and end with the others; everything that it reads is
     * checked too.
     */
    public void startFreshGroup() {
        startGroup(checks.size());
    }

    /** Ends production before its time. */
    public void stopProducing() {
        state.stopProducing();
    }

    /** What this process has sent, for the checks of the other zones; complete when the producers have ended. */
    public String sentHere() {
        int perZone = plan.producers().perZone();
        StringBuilder sent = new StringBuilder();
        for (int zone : here) {
            sent.append(state.ledger().export(zone * perZone, (zone + 1) * perZone));
        }
        return sent.toString();
    }

    /** The producers of the other zones have ended, and this is what each of them sent. */
    public void producersEndedElsewhere(List<String> sent) {
        sent.forEach(state.ledger()::restore);
        state.elsewhereEnded();
    }

    /** True when all producers of this process have ended; waits for at most the given time. */
    public boolean awaitProducers(Duration atMost) throws InterruptedException {
        return state.awaitProducers(atMost.toMillis());
    }

    /** Where the run is; latencies are those since the last call. */
    public LoadProgress progress() {
        Histogram interval = state.drainLatency();
        latency.add(interval);
        long consumed = checks.stream().mapToLong(one -> one.check().records()).sum();
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
        Duration producing = ended ? state.producing() : elapsed();
        if (!ended) {
            state.errors().add("producer", new IllegalStateException("deadline exceeded while waiting for producers"));
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
        List<Verdict> verdicts = checks.stream().map(Checked::verdict).toList();
        return new LoadResult(
                producing,
                totals(),
                acknowledged,
                latency,
                state.endToEnd(),
                verdicts,
                caughtUp && ended,
                state.errors().counts(),
                state.traffic());
    }

    /** Of this process: what other zones sent is in the ledger too by now. */
    private LoadResult.Totals totals() {
        int perZone = plan.producers().perZone();
        Ledger.Sums sums = here.stream()
                .map(zone -> state.ledger().sums(zone * perZone, (zone + 1) * perZone))
                .reduce(new Ledger.Sums(0, 0, 0), Ledger.Sums::plus);
        return new LoadResult.Totals(sums.sent(), sums.acknowledged(), sums.uncertain(), state.bytes());
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
