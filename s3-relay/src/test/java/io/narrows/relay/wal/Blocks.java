package io.narrows.relay.wal;

import io.narrows.relay.Crc32c;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Blocks for tests. */
public final class Blocks {
    private Blocks() {}

    public static WalBlock block(long topic, int partition, int leaderId, byte[] bytes) {
        ByteBuf buffer =
                PooledByteBufAllocator.DEFAULT.directBuffer(bytes.length).writeBytes(bytes);
        return new WalBlock(new UUID(0, topic), partition, leaderId, buffer, Crc32c.of(buffer));
    }

    public static List<WalBlock> random(Random random, int count, int maxBytes) {
        List<WalBlock> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] bytes = new byte[1 + random.nextInt(maxBytes)];
            random.nextBytes(bytes);
            blocks.add(block(random.nextInt(3), random.nextInt(5), random.nextInt(3), bytes));
        }
        return blocks;
    }
}
