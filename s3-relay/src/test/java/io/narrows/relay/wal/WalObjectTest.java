package io.narrows.relay.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.relay.Crc32c;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakDetection.class)
class WalObjectTest {
    private static final WalObjectId ID = new WalObjectId("proxy-a1", 0x0198a2b3c4d5e6f7L, 300);

    @Test
    void theGoldenObjectIsWrittenAndRead() throws IOException {
        byte[] golden = golden();

        assertThat(ByteBufUtil.hexDump(encode(goldenBlocks()))).isEqualTo(ByteBufUtil.hexDump(golden));
        assertThat(WalObjectReader.header(Unpooled.wrappedBuffer(golden))).isEqualTo(ID);
        assertThat(WalObjectReader.index(Unpooled.wrappedBuffer(golden), golden.length)
                        .entries())
                .containsExactly(
                        new WalIndex.Entry(new UUID(0, 7), 4, 36, 6, 0x7afd9428),
                        new WalIndex.Entry(new UUID(0, 7), 3, 42, 5, 0x095a6947),
                        new WalIndex.Entry(new UUID(0, 7), 3, 47, 3, 0xafc15d22));
    }

    @Test
    void blocksOfOneLeaderAndPartitionLieSideBySideAndPointersKeepTheGivenOrder() {
        EncodedWalObject object = WalObjectEncoder.encode(ID, goldenBlocks(), PooledByteBufAllocator.DEFAULT);

        assertThat(object.pointers()).extracting(Pointer::position).containsExactly(42, 36, 47);
        for (Pointer pointer : object.pointers()) {
            assertThat(Crc32c.of(object.body(), pointer.position(), pointer.length()))
                    .isEqualTo(pointer.crc32c());
        }
        object.body().release();
    }

    @Test
    void manyBlocksAreNotCopied() {
        List<WalBlock> blocks = Blocks.random(new Random(1), 500, 100);
        List<ByteBuf> buffers = blocks.stream().map(WalBlock::bytes).toList();

        EncodedWalObject object = WalObjectEncoder.encode(ID, blocks, PooledByteBufAllocator.DEFAULT);

        assertThat(object.body().nioBufferCount()).isEqualTo(502);
        object.body().release();
        assertThat(buffers).allMatch(buffer -> buffer.refCnt() == 0);
    }

    @Test
    void blocksThatMakeNoObjectAreRefusedAndReleased() {
        List<WalBlock> empty = List.of(Blocks.block(1, 0, 0, new byte[3]), Blocks.block(1, 0, 0, new byte[0]));
        List<WalBlock> tooMany = new ArrayList<>();
        ByteBuf megabyte = PooledByteBufAllocator.DEFAULT.directBuffer(1 << 20).writeZero(1 << 20);
        for (int i = 0; i < WalObjectFormat.MAX_OBJECT_BYTES >> 20; i++) {
            tooMany.add(new WalBlock(new UUID(0, 1), 0, 0, megabyte.retainedDuplicate(), 0));
        }
        megabyte.release();

        assertThatThrownBy(() -> encode(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> encode(empty)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> encode(tooMany)).isInstanceOf(IllegalArgumentException.class);

        assertThat(empty).allMatch(block -> block.bytes().refCnt() == 0);
        assertThat(megabyte.refCnt()).isZero();
    }

    @Test
    void anObjectCutAnywhereIsRefused() {
        byte[] whole = encode(goldenBlocks());
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> WalObjectReader.index(Unpooled.wrappedBuffer(cut), cut.length))
                    .isInstanceOf(MalformedWalObjectException.class);
            if (length < 36) {
                assertThatThrownBy(() -> WalObjectReader.header(Unpooled.wrappedBuffer(cut)))
                        .isInstanceOf(MalformedWalObjectException.class);
            }
        }
    }

    @Test
    void aTailThatLacksBytesInFrontIsRefused() {
        byte[] whole = encode(goldenBlocks());
        int needed = WalObjectReader.tailBytes(Unpooled.wrappedBuffer(whole), whole.length);
        for (int from = 0; from <= whole.length; from++) {
            ByteBuf tail = Unpooled.wrappedBuffer(whole, from, whole.length - from);
            if (whole.length - from >= needed) {
                assertThat(WalObjectReader.index(tail, whole.length).entries()).hasSize(3);
            } else {
                assertThatThrownBy(() -> WalObjectReader.index(tail, whole.length))
                        .isInstanceOf(MalformedWalObjectException.class);
            }
        }
    }

    @Test
    void anyFlippedBitOfHeaderFooterOrTrailerIsNoticed() {
        byte[] whole = encode(goldenBlocks());
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            int position = bit / 8;
            if (position < 36) {
                assertThatThrownBy(() -> WalObjectReader.header(Unpooled.wrappedBuffer(flipped)))
                        .isInstanceOf(MalformedWalObjectException.class);
            } else if (position >= 50) {
                assertThatThrownBy(() -> WalObjectReader.index(Unpooled.wrappedBuffer(flipped), flipped.length))
                        .isInstanceOf(MalformedWalObjectException.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aFooterWithAValidChecksumButWrongNumbersIsRefused(long seed) {
        Random random = new Random(seed);
        byte[] whole = encode(goldenBlocks());
        for (int i = 0; i < 20_000; i++) {
            ByteBuf forged = Unpooled.copiedBuffer(whole);
            int footer = 50 + 4 * random.nextInt(25);
            int value = random.nextBoolean() ? random.nextInt() : random.nextInt(100);
            forged.setInt(footer, value);
            forged.setInt(whole.length - 12, Crc32c.of(forged, 50, 100));
            try {
                WalIndex index = WalObjectReader.index(forged, whole.length);
                assertThat(index.entries()).hasSize(3).allMatch(entry -> entry.partition() >= 0);
                assertThat(index.entries().get(2).position()
                                + index.entries().get(2).length())
                        .isEqualTo(50);
            } catch (MalformedWalObjectException refused) {
                assertThat(refused).hasMessageNotContaining("null");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void randomObjectsComeBack(long seed) {
        Random random = new Random(seed);
        List<WalBlock> blocks = Blocks.random(random, 1 + random.nextInt(300), 2_000);
        List<byte[]> contents = blocks.stream()
                .map(block -> ByteBufUtil.getBytes(block.bytes()))
                .toList();

        EncodedWalObject object = WalObjectEncoder.encode(ID, blocks, PooledByteBufAllocator.DEFAULT);
        int size = object.body().readableBytes();
        WalIndex index = WalObjectReader.index(object.body(), size);

        assertThat(index.entries()).hasSize(blocks.size());
        for (int i = 0; i < blocks.size(); i++) {
            Pointer pointer = object.pointers().get(i);
            WalBlock block = blocks.get(i);
            assertThat(index.entries())
                    .contains(new WalIndex.Entry(
                            block.topicId(), block.partition(), pointer.position(), pointer.length(), block.crc32c()));
            assertThat(ByteBufUtil.getBytes(object.body(), pointer.position(), pointer.length()))
                    .isEqualTo(contents.get(i));
        }
        assertThat(index.entries().get(0).pointer(ID)).isIn(object.pointers());
        assertThat(WalObjectReader.header(object.body())).isEqualTo(ID);
        object.body().release();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 500, 5_000})
    void theIndexIsReadFromTheObjectStore(int count) {
        MemoryObjectStore store = new MemoryObjectStore();
        EncodedWalObject object = WalObjectEncoder.encode(
                ID, Blocks.random(new Random(count), count, 20), PooledByteBufAllocator.DEFAULT);
        int size = object.body().readableBytes();
        store.put(ID.key(), object.body());

        WalIndex index = Await.result("index", Duration.ofSeconds(5), WalObjectReader.index(store, ID));

        assertThat(index.objectBytes()).isEqualTo(size);
        assertThat(index.entries()).hasSize(count);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 19, 20, 100_000})
    void aMalformedObjectInTheStoreIsCorrupt(int size) {
        MemoryObjectStore store = new MemoryObjectStore();
        store.put(ID.key(), Unpooled.buffer(size).writeZero(size));

        assertThat(WalObjectReader.index(store, ID))
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .havingCause()
                .isInstanceOfSatisfying(
                        ObjectStoreException.class,
                        e -> assertThat(e.kind()).isEqualTo(ObjectStoreException.Kind.CORRUPT));
    }

    private static List<WalBlock> goldenBlocks() {
        return List.of(
                Blocks.block(7, 3, 2, "third".getBytes(StandardCharsets.US_ASCII)),
                Blocks.block(7, 4, 1, "second".getBytes(StandardCharsets.US_ASCII)),
                Blocks.block(7, 3, 2, "end".getBytes(StandardCharsets.US_ASCII)));
    }

    private static byte[] encode(List<WalBlock> blocks) {
        EncodedWalObject object = WalObjectEncoder.encode(ID, blocks, PooledByteBufAllocator.DEFAULT);
        try {
            return ByteBufUtil.getBytes(object.body());
        } finally {
            object.body().release();
        }
    }

    private static byte[] golden() throws IOException {
        try (InputStream in = WalObjectTest.class.getResourceAsStream("/formats/wal-object-v1.bin")) {
            return in == null ? new byte[0] : in.readAllBytes();
        }
    }
}
