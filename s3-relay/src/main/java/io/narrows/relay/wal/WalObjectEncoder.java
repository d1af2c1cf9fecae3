package io.narrows.relay.wal;

import io.narrows.relay.Checks;
import io.narrows.relay.Crc32c;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Lays blocks out as a WAL object without copying them: the body is a composite over header, blocks and footer. Blocks
 * of one leader lie side by side and, inside that, those of one partition, each in the order given. Stateless, for any
 * thread.
 */
public final class WalObjectEncoder {
    private static final Comparator<WalBlock> LAYOUT = Comparator.comparingInt(WalBlock::leaderId)
            .thenComparing(WalBlock::topicId)
            .thenComparingInt(WalBlock::partition);

    private WalObjectEncoder() {}

    /**
     * Consumes the blocks, also when it fails. The caller releases the result's body.
     *
     * @throws IllegalArgumentException when there is no block, an empty one, or more than an object may hold
     */
    public static EncodedWalObject encode(WalObjectId id, List<WalBlock> blocks, ByteBufAllocator allocator) {
        Integer[] layout = layout(blocks);
        CompositeByteBuf body = null;
        ByteBuf footer = null;
        int taken = 0;
        try {
            check(blocks);
            body = allocator.compositeDirectBuffer(blocks.size() + 2);
            footer = allocator.directBuffer(WalObjectFormat.footerBytes(blocks.size()) + WalObjectFormat.TRAILER_BYTES);
            body.addComponent(true, header(id, allocator));
            footer.writeInt(blocks.size());
            Pointer[] pointers = new Pointer[blocks.size()];
            for (int index : layout) {
                WalBlock block = blocks.get(index);
                Pointer pointer = new Pointer(id, body.writerIndex(), block.length(), block.crc32c());
                pointers[index] = pointer;
                writeEntry(block, pointer, footer);
                taken++;
                body.addComponent(true, block.bytes());
            }
            writeTrailer(body.writerIndex(), footer);
            body.addComponent(true, footer.retain());
            EncodedWalObject object = new EncodedWalObject(id, body, List.of(pointers));
            body = null;
            return object;
        } finally {
            if (footer != null) {
                footer.release();
            }
            if (body != null) {
                body.release();
            }
            if (taken < layout.length) {
                for (int index : Arrays.copyOfRange(layout, taken, layout.length)) {
                    blocks.get(index).bytes().release();
                }
            }
        }
    }

    private static Integer[] layout(List<WalBlock> blocks) {
        Integer[] layout = new Integer[blocks.size()];
        Arrays.setAll(layout, index -> index);
        Arrays.sort(layout, Comparator.comparing(blocks::get, LAYOUT));
        return layout;
    }

    private static void check(List<WalBlock> blocks) {
        Checks.argument(!blocks.isEmpty(), "a WAL object has no blocks");
        Checks.argument(blocks.size() <= WalObjectFormat.MAX_BLOCKS, "too many blocks for a WAL object");
        long bytes = 0;
        for (WalBlock block : blocks) {
            Checks.argument(block.length() > 0, "a block of a WAL object is empty");
            Checks.argument(block.partition() >= 0, "partition is negative");
            bytes += block.length();
        }
        Checks.argument(
                WalObjectFormat.objectBytes(blocks.size(), bytes) <= WalObjectFormat.MAX_OBJECT_BYTES,
                "too many bytes for a WAL object");
    }

    private static ByteBuf header(WalObjectId id, ByteBufAllocator allocator) {
        ByteBuf header = allocator.directBuffer(WalObjectFormat.MAX_HEADER_BYTES);
        header.writeInt(WalObjectFormat.HEADER_MAGIC);
        header.writeByte(WalObjectFormat.VERSION);
        header.writeByte(id.writer().length());
        header.writeShort(0);
        header.writeLong(id.incarnation());
        header.writeLong(id.sequence());
        header.writeCharSequence(id.writer(), StandardCharsets.US_ASCII);
        header.writeInt(Crc32c.of(header));
        return header;
    }

    private static void writeEntry(WalBlock block, Pointer pointer, ByteBuf footer) {
        footer.writeLong(block.topicId().getMostSignificantBits());
        footer.writeLong(block.topicId().getLeastSignificantBits());
        footer.writeInt(block.partition());
        footer.writeInt(pointer.position());
        footer.writeInt(pointer.length());
        footer.writeInt(pointer.crc32c());
    }

    private static void writeTrailer(int footerPosition, ByteBuf footer) {
        int footerLength = footer.readableBytes();
        int crc32c = Crc32c.of(footer);
        footer.writeInt(footerPosition);
        footer.writeInt(footerLength);
        footer.writeInt(crc32c);
        footer.writeInt(WalObjectFormat.VERSION);
        footer.writeInt(WalObjectFormat.TRAILER_MAGIC);
    }
}
