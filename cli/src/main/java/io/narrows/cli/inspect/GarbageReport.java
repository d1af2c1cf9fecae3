package io.narrows.cli.inspect;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.narrows.broker.gc.collector.Answer;
import io.narrows.broker.gc.collector.DeletionRule;
import io.narrows.broker.gc.collector.GcRound;
import io.narrows.broker.gc.collector.ReferenceReport;
import io.narrows.broker.gc.collector.Reply;
import io.narrows.broker.gc.collector.SequenceSet;
import io.narrows.broker.gc.collector.WriterIncarnation;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.wal.Incarnation;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The result of the last round of garbage collection for each WAL object: deletable, or kept and by which broker. Used by one
 * thread.
 */
public final class GarbageReport {
    private final String cluster;
    private final @Nullable GcRound round;
    private final @Nullable DeletionRule rule;
    private final long nowMs;
    private final Map<WriterIncarnation, Map<Fate, Sum>> byIncarnation = new TreeMap<>();
    private final List<String> garbage = new ArrayList<>();
    private final Set<String> deletedTopics = new TreeSet<>();
    private long segmentParts;
    private long segmentBytes;
    private long unknownKeys;

    /** Whether an object is deletable, and why not. */
    private enum Fate {
        GARBAGE("unreferenced"),
        REFERENCED("referenced"),
        NOT_ASKED("newer than the last round"),
        YOUNG("younger than the grace period");

        private final String text;

        Fate(String text) {
            this.text = text;
        }
    }

    /** Objects of one fate. */
    private static final class Sum {
        private final SequenceSet sequences = new SequenceSet();
        private long objects;
        private long bytes;
        private long oldestMs = Long.MAX_VALUE;

        void add(long sequence, ObjectInfo object) {
            sequences.add(sequence);
            objects++;
            bytes += object.sizeBytes();
            oldestMs = Math.min(oldestMs, object.modifiedMs());
        }
    }

    /** {@code round} and {@code rule} are null when no round has begun yet. */
    public GarbageReport(String cluster, @Nullable GcRound round, @Nullable DeletionRule rule, long nowMs) {
        this.cluster = cluster;
        this.round = round;
        this.rule = rule;
        this.nowMs = nowMs;
    }

    /** Whether the round counts: all accounts came in time. */
    public boolean isComplete() {
        return round != null && round.state() == GcRound.State.COMPLETE && silent().isEmpty();
    }

    private Map<Integer, String> silent() {
        return round == null || rule == null ? Map.of() : rule.silent();
    }

    public void add(ObjectInfo object) {
        WalObjectId id;
        try {
            id = WalObjectId.parse(object.key());
        } catch (IllegalArgumentException e) {
            unknownKeys++;
            return;
        }
        Fate fate = fate(id, object);
        if (fate == Fate.GARBAGE) {
            garbage.add(object.key());
        }
        byIncarnation
                .computeIfAbsent(WriterIncarnation.of(id), none -> new EnumMap<>(Fate.class))
                .computeIfAbsent(fate, none -> new Sum())
                .add(id.sequence(), object);
    }

    /** A part of a segment object whose topic was deleted: brokers delete it, with the round or without. */
    public void addOfDeletedTopic(String topicId, ObjectInfo part) {
        deletedTopics.add(topicId);
        segmentParts++;
        segmentBytes += part.sizeBytes();
    }

    private Fate fate(WalObjectId id, ObjectInfo object) {
        if (round == null || rule == null) {
            return Fate.NOT_ASKED;
        } else if (!rule.keptBy(id).isEmpty()) {
            return Fate.REFERENCED;
        } else if (nowMs - object.modifiedMs() < round.graceMs()) {
            return Fate.YOUNG;
        }
        return rule.isBelowFloor(id) ? Fate.GARBAGE : Fate.NOT_ASKED;
    }

    /** Keys of the deletable objects, if the round is complete. */
    public List<String> garbage() {
        return List.copyOf(garbage);
    }

    public void print(PrintWriter out) {
        out.println("Bucket of cluster: " + cluster);
        printRound(out);
        byIncarnation.forEach((incarnation, sums) -> {
            out.println(incarnation.writer() + ", started " + started(incarnation) + " (incarnation "
                    + incarnation.incarnation() + ")");
            sums.forEach((fate, sum) -> out.println(String.format(
                    Locale.ROOT,
                    "  %,8d objects, %,15d bytes %s: %s",
                    sum.objects,
                    sum.bytes,
                    fate.text,
                    shortened(sum.sequences.toString()))));
            printKeepers(out, incarnation);
        });
        long bytes = byIncarnation.values().stream()
                .map(sums -> sums.get(Fate.GARBAGE))
                .mapToLong(sum -> sum == null ? 0 : sum.bytes)
                .sum();
        out.println(String.format(
                Locale.ROOT,
                "%s: %,d objects with %,d bytes.%s",
                isComplete() ? "Deletable" : "Nothing is deletable; deletable after a complete round",
                garbage.size(),
                bytes,
                unknownKeys == 0 ? "" : " " + unknownKeys + " keys below wal/ are not keys of WAL objects."));
        printDeletedTopics(out);
    }

    private void printDeletedTopics(PrintWriter out) {
        if (!deletedTopics.isEmpty()) {
            out.println(String.format(
                    Locale.ROOT,
                    "Segment objects of deleted topics, which a broker deletes in its next sweep: %,d parts with %,d bytes, of %s.",
                    segmentParts,
                    segmentBytes,
                    shortened(String.join(", ", deletedTopics))));
        }
    }

    private void printRound(PrintWriter out) {
        if (round == null || rule == null) {
            out.println("No round has started yet.");
            return;
        }
        out.println(String.format(
                Locale.ROOT,
                "Last round: started by broker %d, %,d s ago, grace period %,d s, state %s.",
                round.collector(),
                (nowMs - round.startedAtMs()) / 1000,
                round.graceMs() / 1000,
                round.state()));
        Map<Integer, String> silent = silent();
        for (int broker : rule.required(Set.of(round.collector()))) {
            out.println("  broker " + broker
                    + (silent.containsKey(broker)
                            ? " " + silent.get(broker) + "; until it reports, nothing is deleted"
                            : " has reported its references"));
        }
    }

    private void printKeepers(PrintWriter out, WriterIncarnation incarnation) {
        if (rule == null) {
            return;
        }
        for (Reply reply : rule.replies()) {
            Answer answer = reply.answer();
            ReferenceReport.Kept kept = answer.account().byIncarnation().get(incarnation);
            if (kept != null) {
                out.println(String.format(
                        Locale.ROOT,
                        "           broker %d refers to %s, the oldest from %s",
                        answer.broker(),
                        shortened(kept.sequences().toString()),
                        kept.holder()));
            }
        }
    }

    private static String shortened(String ranges) {
        return ranges.length() <= 80
                ? ranges
                : ranges.substring(0, 60) + "..." + ranges.substring(ranges.length() - 17);
    }

    private static String started(WriterIncarnation incarnation) {
        return Instant.ofEpochMilli(Incarnation.startedAtMs(incarnation.incarnation()))
                .toString();
    }

    public ObjectNode json(ObjectMapper mapper) {
        ObjectNode root = mapper.createObjectNode();
        root.put("cluster", cluster).put("complete", isComplete());
        if (round != null && rule != null) {
            ObjectNode last = root.putObject("round");
            last.put("collector", round.collector())
                    .put("state", round.state().name())
                    .put("startedAtMs", round.startedAtMs())
                    .put("graceMs", round.graceMs());
            ObjectNode silent = last.putObject("silent");
            silent().forEach((broker, reason) -> silent.put(Integer.toString(broker), reason));
        }
        ObjectNode ofDeleted = root.putObject("deletedTopics");
        ofDeleted.put("parts", segmentParts).put("bytes", segmentBytes);
        ArrayNode topicIds = ofDeleted.putArray("topicIds");
        deletedTopics.forEach(topicIds::add);
        ArrayNode incarnations = root.putArray("incarnations");
        byIncarnation.forEach((incarnation, sums) -> {
            ObjectNode entry = incarnations.addObject();
            entry.put("writer", incarnation.writer()).put("incarnation", incarnation.incarnation());
            sums.forEach((fate, sum) -> entry.putObject(fate.name().toLowerCase(Locale.ROOT))
                    .put("objects", sum.objects)
                    .put("bytes", sum.bytes)
                    .put("oldestMs", sum.oldestMs)
                    .put("sequences", sum.sequences.toString()));
        });
        return root;
    }
}
