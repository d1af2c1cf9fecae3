package io.narrows.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.broker.gc.collector.DeletionRule;
import io.narrows.broker.gc.collector.GcBucket;
import io.narrows.broker.gc.collector.GcRound;
import io.narrows.broker.gc.collector.Reply;
import io.narrows.broker.tier.DeletedTopics;
import io.narrows.cli.inspect.GarbageReport;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.ObjectStore;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code narrows gc}. */
@Command(
        name = "gc",
        description = "Lists the unreferenced WAL objects of a bucket and the references to the others, and deletes the"
                + " unreferenced ones.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Brokers do this automatically (narrows.gc.*). The command uses their last round in the bucket.",
            "",
            "Examples:",
            "  narrows gc --dry-run s3://my-narrows-bucket",
            "  narrows gc s3://narrows --endpoint http://127.0.0.1:9000",
            "",
            "Exit code: 0 if the last round is complete, 1 if a reference report is missing and nothing is deleted."
        })
final class GcCommand implements Callable<Integer> {
    private static final int PAGE = 1000;
    private static final int MAX_BROKER_ANSWERS = 1000;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(paramLabel = "S3-URL", description = "The bucket: s3://bucket.")
    private URI source = URI.create("s3:///");

    @Option(names = "--dry-run", description = "List objects without deleting them.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Mixin
    private BucketOptions options = new BucketOptions();

    @Override
    public Integer call() throws InterruptedException {
        DefaultEventExecutor executor = new DefaultEventExecutor();
        try (ObjectStore store = options.open(BucketOptions.bucketOf(source))) {
            GcBucket bucket = new GcBucket(store, new NettyLoop(executor));
            GarbageReport report = judge(bucket, store);
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(report.json(MAPPER).toPrettyString());
            } else {
                report.print(out);
            }
            if (report.isComplete() && !dryRun) {
                long deleted = delete(store, report);
                if (!json) {
                    out.println("Deleted " + deleted + " objects.");
                }
            }
            out.flush();
            return report.isComplete() ? 0 : 1;
        } finally {
            var unused = executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    private GarbageReport judge(GcBucket bucket, ObjectStore store) throws InterruptedException {
        Optional<String> cluster = BucketOptions.await(bucket.cluster());
        List<GcRound> rounds = BucketOptions.await(bucket.rounds());
        List<Reply> answers = answers(bucket, store);
        // Clocks of collectors differ: the last round is the one that was answered.
        GcRound newest = rounds.stream()
                .max(Comparator.<GcRound>comparingLong(round -> answered(round, answers))
                        .thenComparingLong(GcRound::startedAtMs))
                .orElse(null);
        GarbageReport report = new GarbageReport(
                cluster.orElse("(none)"),
                newest,
                newest == null ? null : new DeletionRule(newest, 0, answers),
                Clock.systemUTC().millis());
        each(store, "wal/", report::add);
        List<String> deletedTopics = new ArrayList<>();
        each(store, DeletedTopics.MARKS, mark -> deletedTopics.add(mark.key().substring(DeletedTopics.MARKS.length())));
        for (String topicId : deletedTopics) {
            each(store, "seg/" + topicId + "/", part -> report.addOfDeletedTopic(topicId, part));
        }
        return report;
    }

    private static long answered(GcRound round, List<Reply> answers) {
        return answers.stream()
                .filter(reply -> reply.answer().round() == round.id())
                .count();
    }

    private static void each(ObjectStore store, String prefix, Consumer<ObjectInfo> action)
            throws InterruptedException {
        String last = "";
        Listing page;
        do {
            page = BucketOptions.await(store.list(prefix, last, PAGE));
            page.objects().forEach(action);
            last = page.objects().isEmpty()
                    ? ""
                    : page.objects().get(page.objects().size() - 1).key();
        } while (page.truncated());
    }

    private static List<Reply> answers(GcBucket bucket, ObjectStore store) throws InterruptedException {
        Set<Integer> brokers = new TreeSet<>();
        for (ObjectInfo object : BucketOptions.await(store.list("gc/answers/", "", MAX_BROKER_ANSWERS))
                .objects()) {
            brokers.add(Integer.parseInt(object.key().substring("gc/answers/".length())));
        }
        List<Reply> answers = new ArrayList<>();
        for (int broker : brokers) {
            BucketOptions.await(bucket.answer(broker)).ifPresent(answers::add);
        }
        return answers;
    }

    private static long delete(ObjectStore store, GarbageReport report) throws InterruptedException {
        List<String> keys = report.garbage();
        for (int from = 0; from < keys.size(); from += PAGE) {
            List<String> page = keys.subList(from, Math.min(keys.size(), from + PAGE));
            int unused = BucketOptions.await(store.delete(page).thenApply(done -> page.size()));
        }
        return keys.size();
    }
}
