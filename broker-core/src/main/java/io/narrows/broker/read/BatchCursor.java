package io.narrows.broker.read;

import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.link.LinkBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.FileRecords;

/**
 * Walks the batches of a file by their headers, with one read of the file per 8 KiB or per batch, whichever is larger.
 * At each batch the buffer holds the header and, for a batch as short as a link, all of it. Used by one thread.
 */
final class BatchCursor {
    private static final int CHUNK_BYTES = 8 * 1024;

    private final FileRecords file;
    private final int end;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    private int chunkPosition;
    private int position;
    private int size;

    /** From {@code start} up to {@code end}, both relative to the start of {@code file}. */
    BatchCursor(FileRecords file, int start, int end) {
        this.file = file;
        this.end = end;
        this.position = start;
        chunk.limit(0);
    }

    /** Moves to the next whole batch; false at the end, or where no whole v2 batch starts. */
    boolean next() throws IOException {
        position += size;
        size = 0;
        if (position > end - BatchHeader.SIZE) {
            return false;
        }
        if (at() < 0 || at() + Math.min(LinkBatch.MAX_BYTES, end - position) > chunk.limit()) {
            chunk.clear().limit(Math.min(CHUNK_BYTES, end - position));
            file.readInto(chunk, position);
            chunkPosition = position;
        }
        if (!BatchHeader.isPlausible(chunk, at())) {
            return false;
        }
        int batchSize = BatchHeader.size(chunk, at());
        if (batchSize > end - position) {
            return false;
        }
        size = batchSize;
        return true;
    }

    /** Where the batch starts in the file. */
    int position() {
        return position;
    }

    int size() {
        return size;
    }

    /** The buffer that holds the header at {@link #at()}; valid until the next move. */
    ByteBuffer buffer() {
        return chunk;
    }

    int at() {
        return position - chunkPosition;
    }

    boolean isLink() {
        return LinkBatch.isLink(chunk, at());
    }
}
