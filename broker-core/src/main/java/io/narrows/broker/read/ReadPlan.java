package io.narrows.broker.read;

import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.link.CorruptLinkException;
import io.narrows.broker.link.LinkBatch;
import io.narrows.relay.pointer.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.record.internal.FileRecords;
import org.jspecify.annotations.Nullable;

/**
 * What one read of a log will answer: whole batches, counted in the bytes that a consumer gets. Made from batch headers
 * alone, without a request to the object store. Immutable; borrows {@code file}, a slice of a segment.
 *
 * @param skipped the links to skip, for shorter plans of the same file
 */
public record ReadPlan(FileRecords file, List<Piece> pieces, int fileBytes, int realBytes, SkippedLinks skipped) {
    /**
     * About what one piece takes on the heap, in the plan and then in the answer. Each reader has pieces of its
     * own, also where readers share the ranges.
     */
    static final int PIECE_HEAP_BYTES = 256;
    /** Longer inline stretches are sent from the file; shorter ones would each be a packet. */
    static final int INLINE_COPY_BYTES = 64 << 10;

    /** A stretch of the answer. */
    public sealed interface Piece {
        int realBytes();
    }

    /** Batches that are in the log themselves, side by side. */
    public record Inline(int position, int size) implements Piece {
        @Override
        public int realBytes() {
            return size;
        }
    }

    /** One batch behind a link, with the two fields that the log assigned. */
    public record Linked(long baseOffset, int leaderEpoch, LinkBatch link) implements Piece {
        @Override
        public int realBytes() {
            return link.pointer().length();
        }
    }

    /** A link to skip: an empty batch with its offsets, and how many records there were. */
    public record Skipped(ByteBuffer emptyBatch, int records) implements Piece {
        @Override
        public int realBytes() {
            return emptyBatch.remaining();
        }
    }

    /** Without links to skip. */
    public static ReadPlan of(FileRecords file, int maxBytes, boolean atLeastOne) throws IOException {
        return of(file, maxBytes, atLeastOne, SkippedLinks.NONE);
    }

    /**
     * Plans as many batches as fit {@code maxBytes}, and always the first one if {@code atLeastOne}.
     *
     * @throws CorruptLinkException if the first batch is a damaged link; a later one ends the plan instead
     */
    public static ReadPlan of(FileRecords file, int maxBytes, boolean atLeastOne, SkippedLinks skipped)
            throws IOException {
        Builder builder = new Builder();
        BatchCursor cursor = new BatchCursor(file, 0, file.sizeInBytes());
        while (cursor.next()) {
            LinkBatch link = null;
            if (cursor.isLink()) {
                try {
                    link = LinkBatch.read(cursor.buffer(), cursor.at());
                } catch (CorruptLinkException e) {
                    if (builder.fileBytes == 0) {
                        throw e;
                    }
                    break;
                }
            }
            Piece skip = link != null && skipped.contain(link.pointer())
                    ? new Skipped(LinkBatch.withoutRecords(cursor.buffer(), cursor.at()), link.count())
                    : null;
            int size =
                    link == null ? cursor.size() : skip == null ? link.pointer().length() : skip.realBytes();
            boolean fits = (long) builder.realBytes + size <= maxBytes;
            if (!fits && !(atLeastOne && builder.fileBytes == 0)) {
                break;
            }
            builder.add(cursor, link, skip, size);
        }
        return builder.build(file, skipped);
    }

    /** Whether the answer is anything but a stretch of the file. */
    public boolean hasLinks() {
        return pieces.stream().anyMatch(piece -> !(piece instanceof Inline));
    }

    /** Records that the answer lacks because their links are skipped. */
    public long skippedRecords() {
        return pieces.stream()
                .mapToLong(piece -> piece instanceof Skipped skipped ? skipped.records() : 0)
                .sum();
    }

    /** Bytes that its answer takes in memory: long inline stretches are sent from the file. */
    long memoryBytes() {
        long bytes = 0;
        for (Piece piece : pieces) {
            bytes += memoryBytes(piece);
        }
        return bytes;
    }

    private static long memoryBytes(Piece piece) {
        return heapBytes(piece) + (piece instanceof Linked ? piece.realBytes() : 0);
    }

    /** Bytes on the heap: what is copied from the file, and the objects that stand for each piece. */
    long heapBytes() {
        long bytes = 0;
        for (Piece piece : pieces) {
            bytes += heapBytes(piece);
        }
        return bytes;
    }

    private static long heapBytes(Piece piece) {
        boolean isCopied =
                piece instanceof Skipped || (piece instanceof Inline && piece.realBytes() <= INLINE_COPY_BYTES);
        return (long) PIECE_HEAP_BYTES + (isCopied ? piece.realBytes() : 0);
    }

    /** As much of it as {@code maxBytes} allow in memory, at least the first batch. */
    ReadPlan within(long maxBytes) throws IOException {
        long memory = 0;
        int fitting = 0;
        for (Piece piece : pieces) {
            memory += memoryBytes(piece);
            if (memory > maxBytes) {
                break;
            }
            fitting++;
        }
        if (fitting > 0 || pieces.get(0) instanceof Linked) {
            return first(fitting);
        }
        return of(file, (int) Math.max(1, Math.min(maxBytes - PIECE_HEAP_BYTES, realBytes)), true, skipped);
    }

    /** The first pieces, one at least. */
    ReadPlan first(int count) throws IOException {
        if (pieces.size() <= Math.max(1, count)) {
            return this;
        }
        int bytes = 0;
        for (Piece piece : pieces.subList(0, Math.max(1, count))) {
            bytes += piece.realBytes();
        }
        return of(file, bytes, true, skipped);
    }

    /** The pieces in front of the link with this number, from 0; all of it if there are fewer. Not the first link. */
    ReadPlan beforeLink(int number) throws IOException {
        int bytes = 0;
        int links = 0;
        for (Piece piece : pieces) {
            if (piece instanceof Linked && links++ == number) {
                return of(file, bytes, true, skipped);
            }
            bytes += piece.realBytes();
        }
        return this;
    }

    public List<Pointer> pointers() {
        List<Pointer> pointers = new ArrayList<>(pieces.size());
        for (Piece piece : pieces) {
            if (piece instanceof Linked linked) {
                pointers.add(linked.link().pointer());
            }
        }
        return pointers;
    }

    private static final class Builder {
        private final List<Piece> pieces = new ArrayList<>();
        private @Nullable Inline open;
        private int fileBytes;
        private int realBytes;

        void add(BatchCursor cursor, @Nullable LinkBatch link, @Nullable Piece skip, int size) {
            if (skip != null) {
                closeInline();
                pieces.add(skip);
            } else if (link == null) {
                open = open == null
                        ? new Inline(cursor.position(), size)
                        : new Inline(open.position(), open.size() + size);
            } else {
                closeInline();
                pieces.add(new Linked(
                        BatchHeader.baseOffset(cursor.buffer(), cursor.at()),
                        BatchHeader.leaderEpoch(cursor.buffer(), cursor.at()),
                        link));
            }
            realBytes += size;
            fileBytes += cursor.size();
        }

        private void closeInline() {
            if (open != null) {
                pieces.add(open);
                open = null;
            }
        }

        ReadPlan build(FileRecords file, SkippedLinks skipped) {
            closeInline();
            return new ReadPlan(file, List.copyOf(pieces), fileBytes, realBytes, skipped);
        }
    }
}
