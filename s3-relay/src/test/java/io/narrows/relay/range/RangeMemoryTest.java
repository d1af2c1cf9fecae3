package io.narrows.relay.range;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakDetection.class)
class RangeMemoryTest {
    private final RangeMemory memory = new RangeMemory(new RangeMetrics(new MetricRegistry(), "memory"));

    @Test
    void theFootprintIsWhatAnArenaTakes() {
        PooledByteBufAllocator allocator = new PooledByteBufAllocator(true, 0, 1, 8192, 9, 0, 0, false);
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            int length = 1 + (random.nextInt(4 << 20) >> random.nextInt(20));
            ByteBuf buffer = allocator.directBuffer(length, length);
            assertThat(RangeMemory.footprint(length)).as("%d", length).isEqualTo(allocator.pinnedDirectMemory());
            buffer.release();
        }
    }

    @Test
    void aRangeLivesUntilItsLastReferenceIsGone() {
        RangeBuffer range = memory.copy(Unpooled.wrappedBuffer(new byte[] {9, 1, 2, 3, 9}), 1, 3);
        ByteBuf view = range.retainedDuplicate();
        ByteBuf part = view.retainedSlice(1, 2);
        range.release();
        view.release();
        assertThat(memory.liveBytes()).isEqualTo(16);
        assertThat(part.readShort()).isEqualTo((short) 0x0203);

        part.release();

        assertThat(memory.liveBytes()).isZero();
    }
}
