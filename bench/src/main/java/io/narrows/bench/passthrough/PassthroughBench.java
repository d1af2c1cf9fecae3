package io.narrows.bench.passthrough;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.bench.cluster.ProcessCluster.Jvms;
import io.narrows.bench.compare.ProcessCpu;
import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.ProxyPath;
import io.narrows.relay.SuppressForbidden;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * One consumer and one producer in a zone whose broker leads everything, at the broker and at the zone's proxy in turn, in
 * the same cluster. The topic takes no links, so that both ways move the same bytes from the same disk. Used by one
 * thread, which blocks.
 */
public final class PassthroughBench {
    private static final String TOPIC = "passthrough";
    /** Until the compilers have done most of their work. */
    private static final int WARM_UP_REQUESTS = 1000;

    private final PassthroughPlan plan;

    public PassthroughBench(PassthroughPlan plan) {
        this.plan = plan;
    }

    public PassthroughResult run(Path directory) throws IOException, InterruptedException, ExecutionException {
        try (ProcessCluster cluster =
                ProcessCluster.start(directory, options(directory), Jvms.small(directory.resolve("logs")))) {
            createTopic(cluster.layout().brokerBootstrap(0));
            Measurements measurements = new Measurements(TOPIC, plan.recordBytes());
            long records = plan.megabytes() * 1_000_000L / plan.recordBytes();
            measurements.fill(cluster.layout().brokerAddress(0), records, plan.partitions());
            Map<Way, List<Sample>> samples = new EnumMap<>(Way.class);
            for (Way way : Way.values()) {
                // Both ways start warm.
                Measurements.Reading unused =
                        measurements.read(address(cluster, way), records, plan.partitions(), plan.readingMillis());
                Histogram ignored = measurements.produce(address(cluster, way), WARM_UP_REQUESTS, plan.partitions());
            }
            for (int round = 0; round < plan.rounds(); round++) {
                for (Way way : Way.values()) {
                    samples.computeIfAbsent(way, key -> new ArrayList<>())
                            .add(sample(cluster, measurements, way, records));
                }
            }
            return PassthroughResult.of(plan, samples);
        }
    }

    private ClusterOptions options(Path directory) {
        Map<String, String> broker = ProxyPath.DIRECT.brokerSettings();
        Map<String, String> proxy = new HashMap<>(ProxyPath.DIRECT.proxySettings());
        proxy.putAll(plan.proxySettings());
        return new ClusterOptions(ProcessCluster.options(directory).s3(), broker, proxy);
    }

    private static String address(ProcessCluster cluster, Way way) {
        return way == Way.DIRECT
                ? cluster.layout().brokerAddress(0)
                : cluster.layout().proxyAddress(0);
    }

    /** The zone's broker leads every partition; the last one is for records that are sent one by one. */
    @SuppressForbidden("a command's main thread waits")
    private void createTopic(String bootstrap) throws InterruptedException, ExecutionException {
        Map<Integer, List<Integer>> replicas = new HashMap<>();
        for (int partition = 0; partition <= plan.partitions(); partition++) {
            replicas.put(partition, List.of(1, 2, 3));
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            Void unused = admin.createTopics(List.of(new NewTopic(TOPIC, replicas)))
                    .all()
                    .get();
        }
    }

    private Sample sample(ProcessCluster cluster, Measurements measurements, Way way, long records)
            throws InterruptedException, ExecutionException {
        String address = address(cluster, way);
        long proxy = cluster.proxy(0).pid();
        double before = ProcessCpu.seconds(proxy);
        Measurements.Reading reading = measurements.read(address, records, plan.partitions(), plan.readingMillis());
        double cpuMillis = (ProcessCpu.seconds(proxy) - before) * 1000;
        return new Sample(
                reading.megabytesPerSecond(),
                cpuMillis / reading.megabytes(),
                measurements.produce(address, plan.requests(), plan.partitions()),
                measurements.fetch(address, plan.requests(), plan.partitions()));
    }
}
