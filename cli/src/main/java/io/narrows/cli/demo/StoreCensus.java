package io.narrows.cli.demo;

import com.codahale.metrics.MetricRegistry;
import io.narrows.cli.cluster.InProcessCluster;
import io.narrows.cli.cluster.ServerSettings;
import io.narrows.cli.cluster.TestTopics;
import io.narrows.cli.demo.HistoryFigures.Census;
import io.narrows.cli.demo.HistoryFigures.Copies;
import io.narrows.cli.demo.HistoryFigures.Garbage;
import io.narrows.cli.demo.HistoryFigures.Kind;
import io.narrows.cli.demo.HistoryFigures.Reader;
import io.narrows.relay.SuppressForbidden;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.S3ObjectStore;
import io.narrows.relay.store.S3Settings;
import io.narrows.relay.store.StoreMetrics;
import io.narrows.s3server.S3Counters;
import java.util.function.ToLongFunction;

/** Counts what is in the bucket and what the brokers say of themselves. Used by one thread, which blocks. */
final class StoreCensus {
    private final InProcessCluster cluster;

    StoreCensus(InProcessCluster cluster) {
        this.cluster = cluster;
    }

    Census take(TestTopics topics, String topic) {
        S3Counters.Snapshot requests = cluster.s3().counters().snapshot();
        Kind wal = new Kind(0, 0);
        Kind segments = new Kind(0, 0);
        Kind other = new Kind(0, 0);
        try (S3ObjectStore store = open()) {
            String after = "";
            Listing page;
            do {
                page = list(store, after);
                for (ObjectInfo object : page.objects()) {
                    after = object.key();
                    if (after.startsWith("wal/")) {
                        wal = wal.plus(object.sizeBytes());
                    } else if (after.startsWith("seg/")) {
                        segments = segments.plus(object.sizeBytes());
                    } else {
                        other = other.plus(object.sizeBytes());
                    }
                }
            } while (page.truncated());
        }
        return new Census(
                requests,
                wal,
                segments,
                other,
                topics.logBytes(topic),
                cluster.logFileBytes(topic),
                copies(),
                reader("tail"),
                reader("catchup"),
                reader("segments"),
                new Garbage(counter("narrows.gc.deleted.objects"), counter("narrows.gc.deleted.bytes")));
    }

    private S3ObjectStore open() {
        S3Settings settings = S3Settings.at(
                cluster.s3().endpoint(), ServerSettings.BUCKET, new S3Settings.Credentials("narrows", "narrows-local"));
        return S3ObjectStore.open(settings, new StoreMetrics(new MetricRegistry(), "census"));
    }

    @SuppressForbidden("a command's main thread waits for a listing")
    private static Listing list(S3ObjectStore store, String after) {
        return store.list("", after, 1000).join();
    }

    private Copies copies() {
        return new Copies(
                counter("narrows.tier.copied.segments"),
                counter("narrows.tier.copied.bytes"),
                meter("range.copies.gets"),
                counter("narrows.tier.read.bytes"));
    }

    private Reader reader(String name) {
        String prefix = "range." + name + ".";
        return new Reader(
                meter(prefix + "hits"),
                meter(prefix + "misses"),
                meter(prefix + "joined"),
                meter(prefix + "gets"),
                meter(prefix + "get.bytes"));
    }

    private long counter(String name) {
        return sum(registry -> registry.counter(name).getCount());
    }

    private long meter(String name) {
        return sum(registry -> registry.meter(name).getCount());
    }

    private long sum(ToLongFunction<MetricRegistry> figure) {
        long sum = 0;
        for (int zone = 0; zone < cluster.layout().zones().size(); zone++) {
            sum += figure.applyAsLong(cluster.broker(zone).metrics());
        }
        return sum;
    }
}
