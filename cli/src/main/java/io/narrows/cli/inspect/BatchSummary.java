package io.narrows.cli.inspect;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.narrows.broker.link.CorruptLinkException;
import io.narrows.broker.link.LinkBatch;
import io.narrows.relay.pointer.Pointer;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * One batch of a segment or of a WAL block.
 *
 * @param position in the file or object
 * @param link what the batch points to; null for a batch with its own records
 * @param problem what is wrong with it; null when nothing is
 */
record BatchSummary(
        int position,
        Header header,
        @Nullable LinkBatch link,
        @Nullable String problem) {

    /** The header's fields, in Kafka's words. */
    record Header(
            long baseOffset,
            long lastOffset,
            int leaderEpoch,
            int sizeBytes,
            String kind,
            String compression,
            long producerId,
            short producerEpoch,
            int baseSequence,
            long maxTimestamp) {}

    static BatchSummary of(ByteBuffer file, int position, MutableRecordBatch batch) {
        LinkBatch link = null;
        String problem = batch.isValid() ? null : "wrong CRC";
        if (problem == null && LinkBatch.isLink(file, position)) {
            try {
                link = LinkBatch.read(file, position);
            } catch (CorruptLinkException e) {
                problem = "corrupt link: " + e.getMessage();
            }
        }
        String kind = link != null
                ? "link"
                : batch.isControlBatch() ? "control" : batch.isTransactional() ? "transactional" : "data";
        Header header = new Header(
                batch.baseOffset(),
                batch.lastOffset(),
                batch.partitionLeaderEpoch(),
                batch.sizeInBytes(),
                kind,
                batch.compressionType().name,
                batch.producerId(),
                batch.producerEpoch(),
                batch.baseSequence(),
                batch.maxTimestamp());
        return new BatchSummary(position, header, link, problem);
    }

    String text() {
        String line = String.format(
                Locale.ROOT,
                "position %-10d offsets %d..%d  epoch %d  %d bytes  %s  %s",
                position,
                header.baseOffset(),
                header.lastOffset(),
                header.leaderEpoch(),
                header.sizeBytes(),
                header.kind(),
                header.compression());
        if (header.producerId() >= 0) {
            line += String.format(
                    Locale.ROOT,
                    "  producer %d/%d sequence %d",
                    header.producerId(),
                    header.producerEpoch(),
                    header.baseSequence());
        }
        if (link != null) {
            Pointer pointer = link.pointer();
            line += String.format(
                    Locale.ROOT,
                    "  -> %s [%d, +%d] %d records crc32c %08x",
                    pointer.object().key(),
                    pointer.position(),
                    pointer.length(),
                    link.count(),
                    pointer.crc32c());
        }
        return problem == null ? line : line + "  PROBLEM: " + problem;
    }

    void json(ObjectNode node) {
        node.put("position", position)
                .put("baseOffset", header.baseOffset())
                .put("lastOffset", header.lastOffset())
                .put("leaderEpoch", header.leaderEpoch())
                .put("sizeBytes", header.sizeBytes())
                .put("kind", header.kind())
                .put("compression", header.compression())
                .put("producerId", header.producerId())
                .put("producerEpoch", header.producerEpoch())
                .put("baseSequence", header.baseSequence())
                .put("maxTimestamp", header.maxTimestamp());
        if (link != null) {
            Pointer pointer = link.pointer();
            node.putObject("link")
                    .put("object", pointer.object().key())
                    .put("position", pointer.position())
                    .put("length", pointer.length())
                    .put("crc32c", String.format(Locale.ROOT, "%08x", pointer.crc32c()))
                    .put("records", link.count());
        }
        if (problem != null) {
            node.put("problem", problem);
        }
    }
}
