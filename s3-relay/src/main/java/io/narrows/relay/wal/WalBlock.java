package io.narrows.relay.wal;

import io.netty.buffer.ByteBuf;
import java.util.UUID;

/**
 * One batch on its way into a WAL object. Owns {@code bytes} (base offset 0, leader epoch -1, as the producer built
 * it); {@code crc32c} covers all of them. Blocks of one {@code leaderId} lie side by side in the object, so that each
 * leader needs one range.
 */
public record WalBlock(UUID topicId, int partition, int leaderId, ByteBuf bytes, int crc32c) {
    public int length() {
        return bytes.readableBytes();
    }
}
