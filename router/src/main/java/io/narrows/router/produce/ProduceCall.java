package io.narrows.router.produce;

import io.narrows.relay.rpc.ProduceContext;
import io.narrows.router.lane.ProducerSequence;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.common.protocol.Errors;

/**
 * What one Produce request asks for, for partitions that exist in the view the session looked at.
 *
 * @param sequenceGap the error of a batch that is refused because one before it in its producer's sequence failed
 */
public record ProduceCall(ProduceContext context, List<PartitionBatch> batches, Errors sequenceGap) {
    public ProduceCall {
        batches = List.copyOf(batches);
    }

    /**
     * One v2 batch for one partition. Owns {@code bytes}.
     *
     * @param crc32c of all of {@code bytes}, computed by the session
     */
    public record PartitionBatch(UUID topicId, int partition, ByteBuf bytes, ProducerSequence producer, int crc32c) {}
}
