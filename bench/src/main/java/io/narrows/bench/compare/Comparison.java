package io.narrows.bench.compare;

import io.narrows.bench.compare.Measured.CpuSeconds;
import io.narrows.bench.compare.Measured.Memory;
import io.narrows.bench.zones.ZoneNetwork;
import io.narrows.bench.zones.ZoneTraffic;
import io.narrows.cli.demo.ScratchDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs every system in turn, round after round, under every load. Used by one thread, which blocks; owns what it starts.
 */
public final class Comparison {
    private final Plan plan;
    private final PrintWriter out;

    public Comparison(Plan plan, PrintWriter out) {
        this.plan = plan;
        this.out = out;
    }

    /**
     * @param warmUp length of the first load before anything is measured
     * @param directory kept, with logs of all servers; null for a temporary one
     */
    public record Plan(
            List<SystemUnderTest> contestants,
            List<LoadCase> loads,
            int rounds,
            Duration warmUp,
            Jvms jvms,
            Extra extra,
            @Nullable Path directory) {
        public Plan {
            contestants = List.copyOf(contestants);
            loads = List.copyOf(loads);
        }
    }

    /** Options of the JVMs of servers and of clients; the same for all systems. */
    public record Jvms(List<String> servers, List<String> clients) {
        public Jvms {
            servers = List.copyOf(servers);
            clients = List.copyOf(clients);
        }
    }

    /** What differs from the defaults. */
    public record Extra(Map<String, String> broker, Map<String, String> proxy, String s3Latency) {
        public Extra {
            broker = Map.copyOf(broker);
            proxy = Map.copyOf(proxy);
        }
    }

    public List<Measured> run() throws IOException, InterruptedException {
        List<Measured> all = new ArrayList<>();
        try (ScratchDirectory scratch = ScratchDirectory.of(plan.directory());
                ZoneNetwork network = ZoneNetwork.create(List.of("a", "b", "c"))) {
            for (int round = 1; round <= plan.rounds(); round++) {
                for (SystemUnderTest contestant : plan.contestants()) {
                    Path directory = scratch.path().resolve(contestant.id() + "-" + round);
                    all.addAll(runOne(contestant, round, network, directory));
                    scratch.emptied(directory);
                }
            }
        }
        return all;
    }

    private List<Measured> runOne(SystemUnderTest contestant, int round, ZoneNetwork network, Path directory)
            throws IOException, InterruptedException {
        List<LoadCase> loads = plan.loads().stream()
                .filter(load -> load.contestants().contains(contestant))
                .toList();
        List<Measured> measured = new ArrayList<>();
        if (loads.isEmpty()) {
            return measured;
        }
        say("Round %d: %s ...", round, contestant.title());
        ZonedCluster.Options options = new ZonedCluster.Options(
                plan.jvms().servers(),
                plan.extra().broker(),
                plan.extra().proxy(),
                plan.extra().s3Latency());
        try (ZonedCluster cluster = ZonedCluster.start(contestant, network, directory, options);
                Clients clients =
                        Clients.start(cluster, network, directory, plan.jvms().clients())) {
            clients.awaitServers(cluster.readyUrls());
            cluster.requireAlive();
            warmUp(clients, loads.get(0), contestant);
            for (LoadCase load : loads) {
                Measured one = measure(cluster, clients, network, load, contestant, round);
                say("  %s", line(one));
                measured.add(one);
                cluster.requireAlive();
            }
        }
        return measured;
    }

    private void warmUp(Clients clients, LoadCase load, SystemUnderTest contestant) throws InterruptedException {
        clients.prepare(load.optionsFor(contestant), "warm-up");
        Clients.Result result = clients.run("warm-up", plan.warmUp());
        if (!result.verdict().isClean()) {
            // What counts is measured after it; a cold cluster may keep a producer waiting beyond its timeout.
            say("  the warm-up was not exact: %s %s", result.verdict(), result.errors());
        }
    }

    private static Measured measure(
            ZonedCluster cluster,
            Clients clients,
            ZoneNetwork network,
            LoadCase load,
            SystemUnderTest contestant,
            int round)
            throws InterruptedException {
        clients.prepare(load.optionsFor(contestant), load.name());
        Snapshot before = Snapshot.take(cluster, clients, network);
        Clients.Result result = clients.run(load.name(), load.duration());
        Snapshot after = Snapshot.take(cluster, clients, network);
        return new Measured(
                contestant,
                load.name(),
                round,
                result.produced(),
                after.traffic().minus(before.traffic()),
                after.s3().minus(before.s3()),
                new CpuSeconds(
                        after.brokers().cpuSeconds() - before.brokers().cpuSeconds(),
                        after.proxies().cpuSeconds() - before.proxies().cpuSeconds(),
                        after.clients().cpuSeconds() - before.clients().cpuSeconds(),
                        after.s3Server().cpuSeconds() - before.s3Server().cpuSeconds()),
                result.ackMicros(),
                result.endToEndMicros(),
                new Memory(
                        after.brokers().residentBytes(),
                        after.proxies().residentBytes(),
                        after.diskBytes() - before.diskBytes()),
                result.verdict(),
                result.errors());
    }

    /** All counters at about one moment. */
    private record Snapshot(
            ZoneTraffic traffic,
            S3Requests s3,
            ProcessStat brokers,
            ProcessStat proxies,
            ProcessStat clients,
            ProcessStat s3Server,
            long diskBytes) {
        static Snapshot take(ZonedCluster cluster, Clients clients, ZoneNetwork network) throws InterruptedException {
            return new Snapshot(
                    network.traffic(),
                    cluster.s3Requests(),
                    cluster.brokerStat(),
                    cluster.proxyStat(),
                    clients.stat(),
                    cluster.s3Stat(),
                    cluster.brokerDiskBytes());
        }
    }

    private static String line(Measured one) {
        return String.format(
                Locale.ROOT,
                "%-22s %7.1f MB/s  %.4f between zones  %.2f CPU s/GB  ack p50 %.1f p99 %.1f ms  %s",
                one.load(),
                one.throughputMBps(),
                one.crossing(),
                one.cpuSecondsPerGB(),
                one.ackMicros().getValueAtPercentile(50) / 1e3,
                one.ackMicros().getValueAtPercentile(99) / 1e3,
                one.isClean() ? "exact" : "NOT EXACT: " + one.verdict() + " " + one.errors());
    }

    private void say(String format, Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
        out.flush();
    }
}
