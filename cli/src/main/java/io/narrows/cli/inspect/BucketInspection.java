package io.narrows.cli.inspect;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.narrows.broker.gc.collector.SequenceSet;
import io.narrows.broker.gc.collector.WriterIncarnation;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.wal.Incarnation;
import io.narrows.relay.wal.WalIndex;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.Uuid;

/**
 * What a bucket holds: WAL objects by writer and incarnation and, from their indexes, batches by partition; segment
 * objects by partition with their offsets. WAL objects do not know offsets, because leaders assign them later. Used by one
 * thread.
 */
public final class BucketInspection {
    private static final Pattern SEGMENT = Pattern.compile("seg/([^/]+)/([0-9]{10})/([0-9]{20})-([^/]+)/([0-9]{20})");

    private final Map<WriterIncarnation, Objects> writers = new TreeMap<>();
    private final Map<String, Partition> partitions = new TreeMap<>();
    private final Map<String, Long> otherKeys = new TreeMap<>();
    private long damaged;

    private static final class Objects {
        private final SequenceSet sequences = new SequenceSet();
        private long objects;
        private long bytes;
        private long oldestMs = Long.MAX_VALUE;
        private long newestMs;
    }

    /** One partition: what of it is in WAL objects, and what in segment objects. */
    private static final class Partition {
        private long batches;
        private long batchBytes;
        private long segmentBytes;
        private final Map<Long, Long> segments = new TreeMap<>();
    }

    /** Counts the object by its key; true if it is a WAL object, whose index says more. */
    public boolean add(ObjectInfo object) {
        Matcher segment = SEGMENT.matcher(object.key());
        if (segment.matches()) {
            Partition partition = partition(segment.group(1), Integer.parseInt(segment.group(2)));
            partition.segmentBytes += object.sizeBytes();
            partition.segments.merge(Long.parseLong(segment.group(3)), object.sizeBytes(), Long::sum);
            return false;
        }
        WalObjectId id;
        try {
            id = WalObjectId.parse(object.key());
        } catch (IllegalArgumentException e) {
            String top = object.key().substring(0, Math.max(0, object.key().indexOf('/') + 1));
            otherKeys.merge(top.isEmpty() ? "(top level)" : top, 1L, Long::sum);
            return false;
        }
        Objects objects = writers.computeIfAbsent(WriterIncarnation.of(id), none -> new Objects());
        objects.sequences.add(id.sequence());
        objects.objects++;
        objects.bytes += object.sizeBytes();
        objects.oldestMs = Math.min(objects.oldestMs, object.modifiedMs());
        objects.newestMs = Math.max(objects.newestMs, object.modifiedMs());
        return true;
    }

    /** Counts the batches of a WAL object. */
    public void add(WalIndex index) {
        for (WalIndex.Entry entry : index.entries()) {
            Uuid topic = new Uuid(
                    entry.topicId().getMostSignificantBits(), entry.topicId().getLeastSignificantBits());
            Partition partition = partition(topic.toString(), entry.partition());
            partition.batches++;
            partition.batchBytes += entry.length();
        }
    }

    /** The index of a WAL object can not be read. */
    public void addDamaged() {
        damaged++;
    }

    public boolean isSound() {
        return damaged == 0;
    }

    private Partition partition(String topicId, int partition) {
        return partitions.computeIfAbsent(
                String.format(Locale.ROOT, "%s/%05d", topicId, partition), none -> new Partition());
    }

    public void print(PrintWriter out) {
        out.println("WAL objects by writer and start:");
        writers.forEach((who, sum) -> out.println(String.format(
                Locale.ROOT,
                "  %-16s started %s  %,7d objects  %,15d bytes  written %s to %s  sequences %s",
                who.writer(),
                Instant.ofEpochMilli(Incarnation.startedAtMs(who.incarnation())),
                sum.objects,
                sum.bytes,
                Instant.ofEpochMilli(sum.oldestMs),
                Instant.ofEpochMilli(sum.newestMs),
                sum.sequences)));
        out.println("Partitions (topic id/partition):");
        partitions.forEach((name, sum) -> out.println(String.format(
                Locale.ROOT,
                "  %s  %,d batches with %,d bytes in WAL objects; %s",
                name,
                sum.batches,
                sum.batchBytes,
                sum.segments.isEmpty()
                        ? "no segment objects"
                        : String.format(
                                Locale.ROOT,
                                "%,d segments with %,d bytes, base offsets %d to %d",
                                sum.segments.size(),
                                sum.segmentBytes,
                                sum.segments.keySet().iterator().next(),
                                lastOf(sum.segments)))));
        otherKeys.forEach((top, count) -> out.println("Other objects in " + top + ": " + count));
        if (damaged > 0) {
            out.println("PROBLEM: " + damaged + " WAL objects have no readable index");
        }
    }

    private static long lastOf(Map<Long, Long> segments) {
        return segments.keySet().stream().mapToLong(Long::longValue).max().orElse(-1);
    }

    public ObjectNode json(ObjectMapper mapper) {
        ObjectNode root = mapper.createObjectNode();
        root.put("type", "bucket").put("sound", isSound()).put("damagedObjects", damaged);
        ArrayNode incarnations = root.putArray("incarnations");
        writers.forEach((who, sum) -> incarnations
                .addObject()
                .put("writer", who.writer())
                .put("incarnation", who.incarnation())
                .put("objects", sum.objects)
                .put("bytes", sum.bytes)
                .put("oldestMs", sum.oldestMs)
                .put("newestMs", sum.newestMs)
                .put("sequences", sum.sequences.toString()));
        ArrayNode list = root.putArray("partitions");
        partitions.forEach((name, sum) -> {
            ObjectNode node = list.addObject();
            node.put("partition", name).put("walBatches", sum.batches).put("walBytes", sum.batchBytes);
            node.put("segmentBytes", sum.segmentBytes);
            ArrayNode offsets = node.putArray("segmentBaseOffsets");
            sum.segments.keySet().forEach(offsets::add);
        });
        return root;
    }
}
