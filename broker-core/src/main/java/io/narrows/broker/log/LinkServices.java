package io.narrows.broker.log;

import io.narrows.broker.gc.BrokerReferences;
import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.link.StagedPointers;
import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.broker.read.LinkResolver;
import io.narrows.broker.read.ReadServices;
import io.narrows.broker.read.SkippedLinks;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.range.RangeReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.Crc32C;

/**
 * What the logs of one broker share: the hand-over of staged pointers, the resolver of links, the gate that says
 * whether the cluster may hold links at all, tiered storage, who refers to which object, and which links
 * are given up.
 */
public record LinkServices(
        StagedPointers staged,
        LinkGate gate,
        ReadServices reads,
        LinkResolver resolver,
        Tiering tiering,
        BrokerReferences references,
        SkippedLinks skipped) {
    RangeReader ranges() {
        return reads.ranges();
    }

    BrokerMetrics metrics() {
        return reads.metrics();
    }

    public Loop clock() {
        return reads.clock();
    }

    /** Consumers in the leader's zone read what was just produced without a request to the object store. */
    void seedCache(Pointer pointer, MemoryRecords records) {
        ByteBuf known = ranges().cached(pointer);
        if (known != null) {
            known.release();
            return;
        }
        ByteBuffer bytes =
                ByteBuffer.allocate(pointer.length()).put(records.buffer()).flip();
        BatchHeader.assign(bytes, 0, 0, -1);
        if ((int) Crc32C.compute(bytes, 0, bytes.limit()) == pointer.crc32c()) {
            ranges().offer(pointer, Unpooled.wrappedBuffer(bytes));
        }
    }
}
