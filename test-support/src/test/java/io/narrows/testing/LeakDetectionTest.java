package io.narrows.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LeakDetectionTest {
    @Test
    void collectedBufferThatWasNotReleasedIsReported() {
        List<String> before = LeakDetection.collect();

        leak();

        assertThat(LeakDetection.collect()).singleElement().asString().contains("ByteBuf");
        assertThat(before).isEmpty();
    }

    @Test
    void releasedBufferIsNotReported() {
        PooledByteBufAllocator.DEFAULT.directBuffer(16).release();

        assertThat(LeakDetection.collect()).isEmpty();
    }

    private static void leak() {
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(16);
        buffer.writeByte(1);
    }
}
