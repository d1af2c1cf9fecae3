package io.narrows.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class Crc32cTest {
    private static final byte[] DIGITS = "123456789".getBytes(StandardCharsets.US_ASCII);

    /** The check value of CRC-32C (RFC 3720 names the polynomial). */
    private static final int CHECK = 0xe3069283;

    @Test
    void heapDirectAndCompositeBuffersGiveTheCheckValue() {
        ByteBuf heap = Unpooled.wrappedBuffer(DIGITS);
        ByteBuf direct = PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(DIGITS);
        CompositeByteBuf composite = Unpooled.compositeBuffer()
                .addComponent(true, Unpooled.directBuffer().writeBytes(DIGITS, 0, 4))
                .addComponent(true, Unpooled.wrappedBuffer(DIGITS, 4, 5));

        assertThat(Crc32c.of(heap)).isEqualTo(CHECK);
        assertThat(Crc32c.of(direct)).isEqualTo(CHECK);
        assertThat(Crc32c.of(composite)).isEqualTo(CHECK);
        direct.release();
        composite.release();
    }

    @Test
    void onlyTheReadableBytesCountAndTheIndexesStay() {
        ByteBuf padded = Unpooled.buffer().writeByte(9).writeBytes(DIGITS).writeByte(9);
        padded.readerIndex(1).writerIndex(10);

        assertThat(Crc32c.of(padded)).isEqualTo(CHECK);
        assertThat(padded.readerIndex()).isEqualTo(1);
        assertThat(Crc32c.of(padded, 1, 0)).isZero();
    }
}
