package io.narrows.broker.read;

import io.narrows.broker.link.CorruptLinkException;
import io.narrows.broker.link.LinkBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.FileRecords;

/** Visits the links of a segment file by its headers. Stateless; the file may grow meanwhile. */
public final class LinkScan {
    private LinkScan() {}

    /** Gets the links of a segment in order. */
    @FunctionalInterface
    public interface Visitor {
        /** The link batch is at {@code at} of the buffer, which is borrowed for the call. */
        void link(ByteBuffer buffer, int at, LinkBatch link);
    }

    /** Passes over links that are damaged themselves: reads report them, and replicas have them undamaged. */
    public static void of(FileRecords file, Visitor visitor) throws IOException {
        BatchCursor cursor = new BatchCursor(file, 0, file.sizeInBytes());
        while (cursor.next()) {
            if (!cursor.isLink()) {
                continue;
            }
            LinkBatch link;
            try {
                link = LinkBatch.read(cursor.buffer(), cursor.at());
            } catch (CorruptLinkException e) {
                continue;
            }
            visitor.link(cursor.buffer(), cursor.at(), link);
        }
    }
}
