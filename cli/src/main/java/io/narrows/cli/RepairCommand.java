package io.narrows.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.broker.gc.collector.GcBucket;
import io.narrows.broker.repair.LogDirScan;
import io.narrows.broker.repair.SkipBucket;
import io.narrows.broker.repair.SkipBucket.Stored;
import io.narrows.broker.repair.SkipRecord;
import io.narrows.broker.repair.SkippedBatch;
import io.narrows.cli.inspect.LossReport;
import io.narrows.cli.inspect.RangeJudge;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.store.ObjectStore;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code narrows repair}. */
@Command(
        name = "repair",
        description = {
            "Lists the offsets of a broker's partitions that cannot be read because their objects are lost.",
            "With --skip, all brokers skip them permanently. Without --skip nothing is changed."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Run it on a broker's machine with its log directories. Cover at least one replica of each partition.",
            "",
            "Examples:",
            "  narrows repair s3://my-narrows-bucket --log-dir /var/lib/kafka",
            "  narrows repair s3://my-narrows-bucket --log-dir /var/lib/kafka --topic orders --verify",
            "  narrows repair s3://my-narrows-bucket --log-dir /var/lib/kafka \\",
            "      --skip --confirm 1a2b3c4d --reason 'ticket 4711'",
            "  narrows repair s3://my-narrows-bucket --withdraw 00000000001764000000000-1a2b3c4d",
            "",
            "Exit code: 0 if nothing is lost or all lost batches are skipped now, 1 if batches are lost."
        })
final class RepairCommand implements Callable<Integer> {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(paramLabel = "S3-URL", description = "The bucket: s3://bucket.")
    private URI source = URI.create("s3:///");

    @Option(
            names = "--log-dir",
            paramLabel = "DIR",
            split = ",",
            description = "Log directories of a broker (log.dirs).")
    private List<Path> logDirs = new ArrayList<>();

    @Option(names = "--topic", paramLabel = "TOPIC", split = ",", description = "Only these topics.")
    private Set<String> topics = new HashSet<>();

    @Option(
            names = "--verify",
            description = "Read every batch from the store and check it; without it only missing objects are found.")
    private boolean verify;

    @Option(names = "--skip", description = "Make all brokers skip the lost batches permanently, for all readers.")
    private boolean skip;

    @Option(
            names = "--confirm",
            paramLabel = "CODE",
            description = "With --skip: the code printed below the list; it confirms that the list has not changed.")
    private @Nullable String confirm;

    @Option(
            names = "--reason",
            paramLabel = "TEXT",
            description = "With --skip: the reason; stored in the bucket and written to the logs.")
    private @Nullable String why;

    @Option(
            names = "--operator",
            paramLabel = "NAME",
            description = "With --skip: name of the operator (default: the user).")
    private String operator = System.getProperty("user.name", "unknown");

    @Option(
            names = "--withdraw",
            paramLabel = "ID",
            description = "Withdraw the skip record of an earlier run; reads fail again.")
    private @Nullable String withdraw;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Mixin
    private BucketOptions options = new BucketOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        checkOptions();
        try (ObjectStore store = options.open(BucketOptions.bucketOf(source))) {
            String cluster = cluster(store);
            SkipBucket bucket = new SkipBucket(store);
            List<Stored> stored = BucketOptions.await(bucket.records());
            PrintWriter out = spec.commandLine().getOut();
            int code = withdraw == null ? repair(store, bucket, cluster, stored) : withdraw(bucket, stored, withdraw);
            out.flush();
            return code;
        }
    }

    private void checkOptions() {
        if (withdraw == null && logDirs.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "--log-dir is missing: name the log directories of a broker (log.dirs)");
        }
        if (withdraw != null && (skip || !logDirs.isEmpty())) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--withdraw cannot be combined with other options than those of the bucket: remove them");
        }
        if (skip && (confirm == null || why == null || why.isBlank())) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--skip needs --reason, and --confirm with the code that a run without --skip prints");
        }
    }

    /** In the wrong bucket, every object would seem lost. */
    private String cluster(ObjectStore store) throws IOException, InterruptedException {
        DefaultEventExecutor executor = new DefaultEventExecutor();
        try {
            Optional<String> owner = BucketOptions.await(new GcBucket(store, new NettyLoop(executor)).cluster());
            if (owner.isEmpty()) {
                throw new IllegalStateException(
                        source
                                + " is not the bucket of a Narrows cluster: it has no object gc/cluster; check the name of the bucket");
            }
            for (Path dir : logDirs) {
                String cluster = new LogDirScan(dir).clusterId();
                if (!cluster.equals(owner.get())) {
                    throw new IllegalStateException("the bucket belongs to cluster " + owner.get() + ", but " + dir
                            + " belongs to cluster " + cluster + "; name the bucket of that cluster");
                }
            }
            return owner.get();
        } finally {
            var unused = executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    private int repair(ObjectStore store, SkipBucket bucket, String cluster, List<Stored> stored)
            throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        LossReport report = report(store, stored);
        if (json) {
            out.println(report.json(MAPPER).toPrettyString());
        } else {
            report.print(out);
        }
        stored.stream()
                .filter(each -> each.skip().isEmpty())
                .forEach(each -> out.println("Brokers ignore " + each.key() + ": " + each.failure()));
        if (report.lost().isEmpty()) {
            if (skip) {
                // A run that was interrupted may have left brokers without the news.
                BucketOptions.await(bucket.writeVersion(new SecureRandom().nextLong()));
            }
            return 0;
        }
        if (!skip) {
            if (!json) {
                out.println(
                        "Nothing was changed. To make all brokers skip these offsets permanently, run this again with");
                out.println("  --skip --confirm " + report.code() + " --reason TEXT");
            }
            return 1;
        }
        if (!report.code().equals(confirm)) {
            throw new IllegalStateException("the list of lost batches has changed: its code is " + report.code()
                    + ", not " + confirm + "; check the list again");
        }
        SkipRecord decided = write(bucket, cluster, stored, report);
        if (!json) {
            out.println("Skipped: " + report.lost().size() + " batches with " + report.lostRecords()
                    + " records. Brokers apply this within a minute. To undo it: --withdraw " + decided.id());
        }
        return 0;
    }

    private LossReport report(ObjectStore store, List<Stored> stored) throws IOException, InterruptedException {
        Set<Pointer> known = new HashSet<>();
        stored.stream()
                .flatMap(each -> each.skip().stream())
                .flatMap(each -> each.batches().stream())
                .forEach(batch -> known.add(batch.pointer()));
        RangeJudge judge =
                new RangeJudge(store, BucketOptions::await, verify ? RangeJudge.Depth.BYTES : RangeJudge.Depth.OBJECTS);
        LossReport report = new LossReport();
        for (Path dir : logDirs) {
            new LogDirScan(dir).links(topic -> topics.isEmpty() || topics.contains(topic), (place, content, link) -> {
                if (known.contains(link.pointer())) {
                    report.addSkipped();
                    return;
                }
                Optional<SkippedBatch.Reason> reason = judge.judge(link);
                if (reason.isPresent()) {
                    report.add(new SkippedBatch(place, content, reason.get(), link.pointer()));
                } else {
                    report.addReadable();
                }
            });
        }
        return report;
    }

    private SkipRecord write(SkipBucket bucket, String cluster, List<Stored> stored, LossReport report)
            throws InterruptedException {
        long before = stored.stream()
                .flatMap(each -> each.skip().stream())
                .mapToLong(each -> each.batches().size())
                .sum();
        if (before + report.lost().size() > SkipBucket.MAX_BATCHES) {
            throw new IllegalStateException(report.lost().size() + " more batches would be skipped, and "
                    + before + " are already; brokers keep at most " + SkipBucket.MAX_BATCHES
                    + ". Withdraw runs whose offsets are below the log start offset, or run it for fewer topics");
        }
        SecureRandom random = new SecureRandom();
        long nowMs = Clock.systemUTC().millis();
        SkipRecord decided = new SkipRecord(
                String.format(Locale.ROOT, "%020d-%s", nowMs, HexFormat.of().toHexDigits(random.nextInt())),
                cluster,
                new SkipRecord.Decision(nowMs, operator, String.valueOf(why)),
                report.lost());
        BucketOptions.await(bucket.write(decided, random.nextLong()).thenApply(done -> true));
        return decided;
    }

    private int withdraw(SkipBucket bucket, List<Stored> stored, String id) throws InterruptedException {
        Optional<SkipRecord> record = stored.stream()
                .flatMap(each -> each.skip().stream())
                .filter(each -> each.id().equals(id))
                .findFirst();
        if (record.isEmpty()) {
            throw new IllegalStateException("no run " + id + " in the bucket; there are "
                    + stored.stream()
                            .flatMap(each -> each.skip().stream())
                            .map(SkipRecord::id)
                            .toList());
        }
        BucketOptions.await(bucket.withdraw(id, new SecureRandom().nextLong()).thenApply(done -> true));
        spec.commandLine()
                .getOut()
                .println("Withdrawn: " + record.get().batches().size() + " batches with "
                        + record.get().records() + " records are no longer skipped.");
        return 0;
    }
}
