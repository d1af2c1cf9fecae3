package io.narrows.cli.inspect;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.narrows.relay.Crc32c;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.wal.WalIndex;
import io.narrows.relay.wal.WalObjectReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;

/** A WAL object's header, its index and the batches behind the index. */
record WalInspection(String name, WalObjectId id, WalIndex index, List<Block> blocks) implements Inspection {
    WalInspection {
        blocks = List.copyOf(blocks);
    }

    /** One block, the batches in it, and whether its bytes have the CRC32C of the index. */
    record Block(WalIndex.Entry entry, boolean isIntact, List<BatchSummary> batches) {
        Block {
            batches = List.copyOf(batches);
        }

        Uuid topicId() {
            return new Uuid(
                    entry.topicId().getMostSignificantBits(), entry.topicId().getLeastSignificantBits());
        }
    }

    /** Borrows the buffer. */
    static WalInspection of(String name, ByteBuffer object) {
        ByteBuf bytes = Unpooled.wrappedBuffer(object);
        WalObjectId id = WalObjectReader.header(bytes);
        WalIndex index = WalObjectReader.index(bytes, bytes.readableBytes());
        List<Block> blocks = new ArrayList<>();
        for (WalIndex.Entry entry : index.entries()) {
            boolean intact = Crc32c.of(bytes, entry.position(), entry.length()) == entry.crc32c();
            blocks.add(new Block(entry, intact, intact ? batches(object, entry) : List.of()));
        }
        return new WalInspection(name, id, index, blocks);
    }

    private static List<BatchSummary> batches(ByteBuffer object, WalIndex.Entry entry) {
        List<BatchSummary> batches = new ArrayList<>();
        ByteBuffer block = object.slice(entry.position(), entry.length());
        int position = entry.position();
        for (MutableRecordBatch batch : MemoryRecords.readableRecords(block).batches()) {
            batches.add(BatchSummary.of(object, position, batch));
            position += batch.sizeInBytes();
        }
        return batches;
    }

    @Override
    public boolean isSound() {
        return blocks.stream()
                .allMatch(block ->
                        block.isIntact() && block.batches().stream().allMatch(batch -> batch.problem() == null));
    }

    @Override
    public void print(PrintWriter out) {
        out.println("WAL object " + name);
        out.println(String.format(
                Locale.ROOT,
                "  writer %s  incarnation %d  sequence %d  %,d bytes  %,d blocks",
                id.writer(),
                id.incarnation(),
                id.sequence(),
                index.objectBytes(),
                blocks.size()));
        for (Block block : blocks) {
            out.println(String.format(
                    Locale.ROOT,
                    "  topic %s  partition %d  position %d  length %d  crc32c %08x%s",
                    block.topicId(),
                    block.entry().partition(),
                    block.entry().position(),
                    block.entry().length(),
                    block.entry().crc32c(),
                    block.isIntact() ? "" : "  PROBLEM: wrong CRC"));
            block.batches().forEach(batch -> out.println("    " + batch.text()));
        }
    }

    @Override
    public ObjectNode json(ObjectMapper mapper) {
        ObjectNode root = mapper.createObjectNode();
        root.put("type", "wal")
                .put("name", name)
                .put("sound", isSound())
                .put("writer", id.writer())
                .put("incarnation", id.incarnation())
                .put("sequence", id.sequence())
                .put("bytes", index.objectBytes());
        ArrayNode list = root.putArray("blocks");
        for (Block block : blocks) {
            ObjectNode node = list.addObject();
            node.put("topicId", block.topicId().toString())
                    .put("partition", block.entry().partition())
                    .put("position", block.entry().position())
                    .put("length", block.entry().length())
                    .put(
                            "crc32c",
                            String.format(Locale.ROOT, "%08x", block.entry().crc32c()))
                    .put("intact", block.isIntact());
            ArrayNode batches = node.putArray("batches");
            block.batches().forEach(batch -> batch.json(batches.addObject()));
        }
        return root;
    }
}
