package io.narrows.cli.inspect;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.narrows.broker.repair.SkipText;
import io.narrows.broker.repair.SkippedBatch;
import io.narrows.broker.repair.SkippedBatch.Content;
import io.narrows.broker.repair.SkippedBatch.Place;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** What cannot be read of the partitions of a broker, by ranges of offsets. Used by one thread. */
public final class LossReport {
    private final List<SkippedBatch> lost = new ArrayList<>();
    private long links;
    private long skippedAlready;

    /** A stretch of batches of one partition that lie side by side and are lost with the same object for the same reason. */
    private record Range(SkippedBatch first, SkippedBatch last, int batches, long records, long from, long to) {
        static Range of(SkippedBatch batch) {
            Content content = batch.content();
            return new Range(batch, batch, 1, content.records(), content.firstTimestamp(), content.maxTimestamp());
        }

        boolean goesOnWith(SkippedBatch next) {
            Place end = last.place();
            return next.place().topic().equals(end.topic())
                    && next.place().partition() == end.partition()
                    && next.place().baseOffset() == end.lastOffset() + 1
                    && next.reason() == last.reason()
                    && next.pointer().object().equals(last.pointer().object())
                    && next.content().producerId() == last.content().producerId();
        }

        Range with(SkippedBatch next) {
            return new Range(
                    first,
                    next,
                    batches + 1,
                    records + next.content().records(),
                    Math.min(from, next.content().firstTimestamp()),
                    Math.max(to, next.content().maxTimestamp()));
        }
    }

    /** A link whose batch is there. */
    public void addReadable() {
        links++;
    }

    /** A link that is skipped already. */
    public void addSkipped() {
        links++;
        skippedAlready++;
    }

    public void add(SkippedBatch batch) {
        links++;
        lost.add(batch);
    }

    public List<SkippedBatch> lost() {
        return lost;
    }

    public long lostRecords() {
        return lost.stream().mapToLong(batch -> batch.content().records()).sum();
    }

    /** Eight digits that stand for exactly this list of lost batches. */
    public String code() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            lost.stream()
                    .map(SkipText::lineOf)
                    .sorted()
                    .forEach(line -> digest.update(line.getBytes(StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(digest.digest(), 0, 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime lacks SHA-256", e);
        }
    }

    private List<Range> ranges() {
        List<Range> ranges = new ArrayList<>();
        for (SkippedBatch batch : lost) {
            int last = ranges.size() - 1;
            if (last >= 0 && ranges.get(last).goesOnWith(batch)) {
                ranges.set(last, ranges.get(last).with(batch));
            } else {
                ranges.add(Range.of(batch));
            }
        }
        return ranges;
    }

    public void print(PrintWriter out) {
        out.println("Links: " + links + ", skipped already: " + skippedAlready + ", lost: " + lost.size()
                + " batches with " + lostRecords() + " records.");
        for (Range range : ranges()) {
            out.println("  " + range.first().place().topic() + "-"
                    + range.first().place().partition() + " offsets "
                    + range.first().place().baseOffset() + " to "
                    + range.last().place().lastOffset() + ": "
                    + range.batches() + " batches, " + range.records() + " records, "
                    + Instant.ofEpochMilli(range.from()) + " to "
                    + Instant.ofEpochMilli(range.to()) + ", producer "
                    + range.first().content().producerId() + "/"
                    + range.first().content().producerEpoch() + ", "
                    + range.first().reason() + " "
                    + range.first().pointer().object().key());
        }
    }

    public ObjectNode json(ObjectMapper mapper) {
        ObjectNode root = mapper.createObjectNode();
        root.put("links", links);
        root.put("skippedAlready", skippedAlready);
        root.put("lostBatches", lost.size());
        root.put("lostRecords", lostRecords());
        root.put("code", code());
        ArrayNode ranges = root.putArray("ranges");
        for (Range range : ranges()) {
            Place first = range.first().place();
            ObjectNode node = ranges.addObject();
            node.put("topic", first.topic());
            node.put("topicId", first.topicId());
            node.put("partition", first.partition());
            node.put("baseOffset", first.baseOffset());
            node.put("lastOffset", range.last().place().lastOffset());
            node.put("batches", range.batches());
            node.put("records", range.records());
            node.put("firstTimestamp", range.from());
            node.put("maxTimestamp", range.to());
            node.put("producerId", range.first().content().producerId());
            node.put("producerEpoch", range.first().content().producerEpoch());
            node.put("reason", range.first().reason().name());
            node.put("object", range.first().pointer().object().key());
        }
        return root;
    }
}
