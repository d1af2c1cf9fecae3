package io.narrows.relay.pointer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PointerCodecTest {
    /** The example of docs/formats/pointer.md; never changes. */
    private static final String GOLDEN =
            "01" + "08" + "70726f78792d6131" + "0198a2b3c4d5e6f7" + "ac02" + "8080c002" + "f9ff03" + "1a2b3c4d";

    private static final Pointer EXAMPLE =
            new Pointer(new WalObjectId("proxy-a1", 0x0198a2b3c4d5e6f7L, 300), 5 << 20, 65_529, 0x1a2b3c4d);

    @Test
    void theDocumentedExampleIsWrittenAndRead() {
        assertThat(ByteBufUtil.hexDump(encode(EXAMPLE))).isEqualTo(GOLDEN);
        assertThat(PointerCodec.read(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(GOLDEN))))
                .isEqualTo(EXAMPLE);
    }

    @Test
    void theLargestPointerTakesMaxBytes() {
        Pointer largest =
                new Pointer(new WalObjectId("w".repeat(32), Long.MAX_VALUE, Long.MAX_VALUE), 1 << 30, 1 << 29, -1);

        assertThat(encode(largest)).hasSize(PointerCodec.MAX_BYTES);
        assertThat(PointerCodec.read(Unpooled.wrappedBuffer(encode(largest)))).isEqualTo(largest);
    }

    @Test
    void aByteBufferIsWrittenAndReadFromItsPosition() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(100).position(7);
        PointerCodec.write(EXAMPLE, buffer);
        assertThat(buffer.position()).isEqualTo(7 + PointerCodec.sizeOf(EXAMPLE));

        buffer.flip().position(7);
        assertThat(PointerCodec.read(buffer.asReadOnlyBuffer())).isEqualTo(EXAMPLE);
        assertThat(PointerCodec.read(buffer)).isEqualTo(EXAMPLE);
        assertThat(buffer.remaining()).isZero();
    }

    @Test
    void aByteBufferThatIsTooSmallIsNotTouched() {
        ByteBuffer buffer = ByteBuffer.allocate(PointerCodec.sizeOf(EXAMPLE) - 1);

        assertThatThrownBy(() -> PointerCodec.write(EXAMPLE, buffer)).isInstanceOf(BufferOverflowException.class);
        assertThat(buffer.position()).isZero();
    }

    @Test
    void bytesCutAnywhereAreRefused() {
        byte[] whole = encode(EXAMPLE);
        for (int length = 0; length < whole.length; length++) {
            ByteBuf cut = Unpooled.wrappedBuffer(whole, 0, length);
            assertThatThrownBy(() -> PointerCodec.read(cut)).isInstanceOf(MalformedPointerException.class);
        }
    }

    @Test
    void anyFlippedBitIsRefusedOrGivesAnotherPointer() {
        byte[] whole = encode(EXAMPLE);
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            try {
                Pointer read = PointerCodec.read(Unpooled.wrappedBuffer(flipped));
                assertThat(read).isNotEqualTo(EXAMPLE);
            } catch (MalformedPointerException refused) {
                assertThat(refused).hasMessageNotContaining("proxy-a1");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "02087072", // version
                "0100", // no writer
                "0121" + "61", // writer longer than 32
                "010141" + "0000000000000001" + "00" + "00" + "01" + "00000000", // upper case
                "010161" + "8000000000000001" + "00" + "00" + "01" + "00000000", // negative incarnation
                "010161" + "0000000000000001" + "8000" + "00" + "01" + "00000000", // longer than need be
                "010161" + "0000000000000001" + "ffffffffffffffffff01" + "00" + "01" + "00000000", // 64 bits
                "010161" + "0000000000000001" + "00" + "00" + "00" + "00000000", // length 0
                "010161" + "0000000000000001" + "00" + "ffffffff07" + "01" + "00000000", // ends at 2 GiB
                "010161" + "0000000000000001" + "00" + "ffffffff7f" + "01" + "00000000" // 35 bits
            })
    void bytesThatAreNoPointerAreRefused(String hex) {
        assertThatThrownBy(() -> PointerCodec.read(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex))))
                .isInstanceOf(MalformedPointerException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void randomPointersComeBackAndTakeTheSizeForetold(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            Pointer pointer = randomPointer(random);
            ByteBuf out = Unpooled.buffer();
            PointerCodec.write(pointer, out);

            assertThat(out.readableBytes()).isEqualTo(PointerCodec.sizeOf(pointer));
            assertThat(PointerCodec.read(out)).isEqualTo(pointer);
            assertThat(out.isReadable()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void randomBytesNeverEndInAnotherException(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(PointerCodec.MAX_BYTES + 4)];
            random.nextBytes(bytes);
            if (bytes.length > 2) {
                bytes[0] = PointerCodec.VERSION;
                bytes[1] = (byte) random.nextInt(4);
                bytes[2] = 'a';
            }
            try {
                Pointer read = PointerCodec.read(ByteBuffer.wrap(bytes));
                assertThat(ByteBufUtil.hexDump(bytes)).startsWith(ByteBufUtil.hexDump(encode(read)));
            } catch (MalformedPointerException refused) {
                assertThat(refused).hasMessageNotContaining("null");
            }
        }
    }

    private static Pointer randomPointer(Random random) {
        String letters = "abcxyz0189._-";
        StringBuilder writer = new StringBuilder("w");
        for (int i = random.nextInt(32); i > 0; i--) {
            writer.append(letters.charAt(random.nextInt(letters.length())));
        }
        long incarnation = random.nextLong() >>> (1 + random.nextInt(62));
        long sequence = random.nextLong() >>> (1 + random.nextInt(62));
        int position = (random.nextInt() >>> 2) >>> random.nextInt(30);
        int length = 1 + ((random.nextInt() >>> 2) >>> random.nextInt(30));
        return new Pointer(
                new WalObjectId(writer.toString(), incarnation, sequence), position, length, random.nextInt());
    }

    private static byte[] encode(Pointer pointer) {
        ByteBuf out = Unpooled.buffer();
        PointerCodec.write(pointer, out);
        return ByteBufUtil.getBytes(out);
    }
}
