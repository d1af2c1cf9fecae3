package io.narrows.broker.log;

import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.link.CorruptLinkException;
import io.narrows.broker.link.LinkBatch;
import io.narrows.relay.pointer.Pointer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Fetches what a follower has just replicated while the high watermark is still on its way, so that consumers of the
 * follower's zone find it cached. Only while there are such consumers: a GET of bytes without a reader costs money.
 * Thread-safe.
 */
final class FollowerPrefetch {
    private static final long INTEREST_NANOS = 30_000_000_000L;

    private final LinkServices services;
    private volatile long lastReadNanos;
    private volatile boolean everRead;

    FollowerPrefetch(LinkServices services) {
        this.services = services;
    }

    void onConsumerRead() {
        lastReadNanos = services.clock().nanoTime();
        everRead = true;
    }

    void onReplicated(MemoryRecords records) {
        List<Pointer> pointers = new ArrayList<>();
        ByteBuffer batches = records.buffer();
        for (int at = batches.position(); BatchHeader.isPlausible(batches, at); at += BatchHeader.size(batches, at)) {
            if (LinkBatch.isLink(batches, at)) {
                try {
                    pointers.add(LinkBatch.read(batches, at).pointer());
                } catch (CorruptLinkException e) {
                    services.metrics().corruptLink();
                }
            }
        }
        services.metrics().replicated(pointers.size());
        if (everRead && services.clock().nanoTime() - lastReadNanos < INTEREST_NANOS) {
            services.metrics().prefetched(pointers.size());
            services.ranges().prefetch(pointers);
        }
    }
}
