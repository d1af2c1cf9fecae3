package io.narrows.cli.inspect;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.narrows.broker.link.LinkBatch;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.jspecify.annotations.Nullable;

/** The batches of a log segment, links and others, in file order; reading stops at the first that is no batch. */
record SegmentInspection(
        String name, List<BatchSummary> batches, @Nullable String ending) implements Inspection {
    SegmentInspection {
        batches = List.copyOf(batches);
    }

    /** Borrows the buffer. */
    static SegmentInspection of(String name, ByteBuffer file) {
        List<BatchSummary> batches = new ArrayList<>();
        int position = 0;
        try {
            for (MutableRecordBatch batch :
                    MemoryRecords.readableRecords(file.duplicate()).batches()) {
                batches.add(BatchSummary.of(file, position, batch));
                position += batch.sizeInBytes();
            }
        } catch (CorruptRecordException e) {
            return new SegmentInspection(name, batches, "no batch at position " + position + ": " + e.getMessage());
        }
        int left = file.limit() - position;
        return new SegmentInspection(name, batches, left == 0 ? null : left + " bytes after the last whole batch");
    }

    @Override
    public boolean isSound() {
        return ending == null && batches.stream().allMatch(batch -> batch.problem() == null);
    }

    @Override
    public void print(PrintWriter out) {
        out.println("Log segment " + name);
        batches.forEach(batch -> out.println("  " + batch.text()));
        long links = batches.stream().filter(batch -> batch.link() != null).count();
        out.println(String.format(
                Locale.ROOT,
                "%,d batches: %,d links for %,d bytes, %,d inline with %,d bytes",
                batches.size(),
                links,
                linkedBytes(),
                batches.size() - links,
                inlineBytes()));
        if (ending != null) {
            out.println("PROBLEM: " + ending);
        }
    }

    private long linkedBytes() {
        long bytes = 0;
        for (BatchSummary batch : batches) {
            LinkBatch link = batch.link();
            bytes += link == null ? 0 : link.pointer().length();
        }
        return bytes;
    }

    private long inlineBytes() {
        return batches.stream()
                .filter(batch -> batch.link() == null)
                .mapToLong(batch -> batch.header().sizeBytes())
                .sum();
    }

    @Override
    public ObjectNode json(ObjectMapper mapper) {
        ObjectNode root = mapper.createObjectNode();
        root.put("type", "segment").put("name", name).put("sound", isSound());
        ArrayNode list = root.putArray("batches");
        batches.forEach(batch -> batch.json(list.addObject()));
        if (ending != null) {
            root.put("problem", ending);
        }
        return root;
    }
}
