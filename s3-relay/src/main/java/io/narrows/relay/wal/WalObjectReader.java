package io.narrows.relay.wal;

import io.narrows.relay.Crc32c;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.ObjectStoreException;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Parses what {@link WalObjectEncoder} writes, without trust: every length is bounded by the object's real size before
 * anything is allocated, and an object that breaks an invariant of the format is refused. Stateless, for any thread.
 */
public final class WalObjectReader {
    /** Tail that is read first: the footer of about 2000 blocks. */
    private static final int FIRST_TAIL_BYTES = 64 << 10;

    private WalObjectReader() {}

    /**
     * Reads an object's index with a HEAD and one GET of its tail, or two when it has very many blocks. A malformed
     * object fails as {@link ObjectStoreException.Kind#CORRUPT}.
     */
    public static CompletableFuture<WalIndex> index(ObjectStore store, WalObjectId id) {
        String key = id.key();
        return store.head(key).thenCompose(info -> {
            long objectBytes = info.sizeBytes();
            if (objectBytes < WalObjectFormat.TRAILER_BYTES) {
                return CompletableFuture.failedFuture(
                        corrupt(key, new MalformedWalObjectException("object is shorter than a trailer")));
            }
            int tailBytes = (int) Math.min(FIRST_TAIL_BYTES, objectBytes);
            return tail(store, key, objectBytes, tailBytes).thenCompose(tail -> {
                int needed;
                try {
                    needed = tailBytes(tail, objectBytes);
                    if (needed <= tail.readableBytes()) {
                        return CompletableFuture.completedFuture(index(tail, objectBytes));
                    }
                } catch (MalformedWalObjectException e) {
                    return CompletableFuture.failedFuture(corrupt(key, e));
                } finally {
                    tail.release();
                }
                return tail(store, key, objectBytes, needed).thenApply(longer -> {
                    try {
                        return index(longer, objectBytes);
                    } catch (MalformedWalObjectException e) {
                        throw corrupt(key, e);
                    } finally {
                        longer.release();
                    }
                });
            });
        });
    }

    /**
     * How many bytes of the object's tail {@link #index(ByteBuf, long)} needs: footer and trailer. Borrows {@code tail},
     * the last bytes of the object, at least {@link WalObjectFormat#TRAILER_BYTES} of them.
     */
    public static int tailBytes(ByteBuf tail, long objectBytes) {
        int trailer = tail.writerIndex() - WalObjectFormat.TRAILER_BYTES;
        check(objectBytes <= WalObjectFormat.MAX_OBJECT_BYTES, "object is larger than 512 MiB");
        check(tail.readableBytes() <= objectBytes, "tail is longer than the object");
        check(trailer >= tail.readerIndex(), "object is shorter than a trailer");
        check(tail.getInt(trailer + 16) == WalObjectFormat.TRAILER_MAGIC, "trailer has another magic");
        check(tail.getInt(trailer + 12) == WalObjectFormat.VERSION, "trailer has an unknown version");
        long footerPosition = tail.getUnsignedInt(trailer);
        long footerLength = tail.getUnsignedInt(trailer + 4);
        check(
                footerLength >= WalObjectFormat.footerBytes(1)
                        && footerLength <= WalObjectFormat.footerBytes(WalObjectFormat.MAX_BLOCKS)
                        && (footerLength - WalObjectFormat.COUNT_BYTES) % WalObjectFormat.ENTRY_BYTES == 0,
                "length of the footer is out of bounds");
        check(
                footerPosition > WalObjectFormat.MIN_HEADER_BYTES
                        && footerPosition + footerLength + WalObjectFormat.TRAILER_BYTES == objectBytes,
                "footer does not end where the trailer starts");
        return (int) footerLength + WalObjectFormat.TRAILER_BYTES;
    }

    /**
     * The index, from the last bytes of an object of {@code objectBytes}. Borrows {@code tail}.
     *
     * @throws MalformedWalObjectException when {@code tail} is too short or not the tail of a valid object
     */
    public static WalIndex index(ByteBuf tail, long objectBytes) {
        int needed = tailBytes(tail, objectBytes);
        check(tail.readableBytes() >= needed, "tail does not hold the whole footer");
        int footer = tail.writerIndex() - needed;
        int footerLength = needed - WalObjectFormat.TRAILER_BYTES;
        int crc32c = tail.getInt(footer + footerLength + 8);
        check(Crc32c.of(tail, footer, footerLength) == crc32c, "footer has a wrong CRC32C");
        long count = tail.getUnsignedInt(footer);
        check(
                count == (footerLength - WalObjectFormat.COUNT_BYTES) / WalObjectFormat.ENTRY_BYTES,
                "footer counts other blocks than it has");
        return new WalIndex(objectBytes, entries(tail, footer, (int) count, objectBytes - needed));
    }

    /**
     * The identity that the object's header gives, from its first bytes. Borrows {@code head}, which may be longer than
     * the header.
     */
    public static WalObjectId header(ByteBuf head) {
        int start = head.readerIndex();
        check(head.readableBytes() >= WalObjectFormat.MIN_HEADER_BYTES, "object is shorter than a header");
        check(head.getInt(start) == WalObjectFormat.HEADER_MAGIC, "header has another magic");
        check(head.getByte(start + 4) == WalObjectFormat.VERSION, "header has an unknown version");
        int writerLength = head.getUnsignedByte(start + 5);
        int length = WalObjectFormat.HEADER_FIXED_BYTES + writerLength;
        check(
                writerLength >= 1 && writerLength <= WalObjectId.MAX_WRITER_LENGTH && head.readableBytes() >= length,
                "length of the writer id is out of bounds");
        check(
                Crc32c.of(head, start, length - Integer.BYTES) == head.getInt(start + length - Integer.BYTES),
                "header has a wrong CRC32C");
        String writer = head.toString(start + 24, writerLength, StandardCharsets.US_ASCII);
        long incarnation = head.getLong(start + 8);
        long sequence = head.getLong(start + 16);
        check(
                head.getShort(start + 6) == 0 && WalObjectId.isWriter(writer) && incarnation >= 0 && sequence >= 0,
                "header names no writer, incarnation and sequence");
        return new WalObjectId(writer, incarnation, sequence);
    }

    private static List<WalIndex.Entry> entries(ByteBuf tail, int footer, int count, long footerPosition) {
        List<WalIndex.Entry> entries = new ArrayList<>(count);
        long expected = tail.getUnsignedInt(footer + WalObjectFormat.COUNT_BYTES + 20);
        check(
                expected >= WalObjectFormat.MIN_HEADER_BYTES && expected <= WalObjectFormat.MAX_HEADER_BYTES,
                "first block does not follow the header");
        for (int i = 0; i < count; i++) {
            int at = footer + WalObjectFormat.COUNT_BYTES + i * WalObjectFormat.ENTRY_BYTES;
            int partition = tail.getInt(at + 16);
            long position = tail.getUnsignedInt(at + 20);
            long length = tail.getUnsignedInt(at + 24);
            check(partition >= 0, "partition of a block is negative");
            check(position == expected && length > 0, "blocks do not follow each other");
            expected = position + length;
            check(expected <= footerPosition, "a block reaches into the footer");
            UUID topicId = new UUID(tail.getLong(at), tail.getLong(at + 8));
            entries.add(new WalIndex.Entry(topicId, partition, (int) position, (int) length, tail.getInt(at + 28)));
        }
        check(expected == footerPosition, "last block does not end at the footer");
        return entries;
    }

    private static CompletableFuture<ByteBuf> tail(ObjectStore store, String key, long objectBytes, int tailBytes) {
        return store.get(key, objectBytes - tailBytes, tailBytes);
    }

    private static ObjectStoreException corrupt(String key, MalformedWalObjectException cause) {
        return new ObjectStoreException(
                ObjectStoreException.Kind.CORRUPT, "malformed WAL object " + key + ": " + cause.getMessage(), cause);
    }

    private static void check(boolean holds, String message) {
        if (!holds) {
            throw new MalformedWalObjectException(message);
        }
    }
}
