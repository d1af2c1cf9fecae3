package io.narrows.broker.append;

import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.log.HybridLog;
import io.narrows.broker.relay.RelayEntry;
import io.narrows.relay.rpc.AppendEntry.Sequence;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import scala.Option;

/**
 * A log takes any first sequence from a producer that it does not know, so a batch that has overtaken its producer's
 * first ones would lock them out (RFC 0002, rule L11). For any thread.
 */
final class FirstSequences {
    private final Function<TopicPartition, Option<UnifiedLog>> logs;

    /** {@code logs}: a broker's replica of each partition, if it has one. */
    FirstSequences(Function<TopicPartition, Option<UnifiedLog>> logs) {
        this.logs = logs;
    }

    /**
     * Whether the batch is not its producer's first one and the partition does not know its producer. A batch that is
     * appended meanwhile by another lane only makes this out of date towards a refusal.
     */
    boolean isMissing(RelayEntry entry, TopicPartition partition) {
        return entry.sequence() != Sequence.ANY && isMissing(ByteBuffer.wrap(entry.bytes()), partition);
    }

    /** The same for the bytes of an entry that says nothing of its sequence. Borrows the buffer. */
    boolean isMissing(ByteBuffer batch, TopicPartition partition) {
        if (!BatchHeader.isPlausible(batch, 0)
                || BatchHeader.producerId(batch, 0) < 0
                || BatchHeader.baseSequence(batch, 0) <= 0) {
            return false;
        }
        Option<UnifiedLog> log = logs.apply(partition);
        return log.isDefined()
                && log.get() instanceof HybridLog hybrid
                && !hybrid.knowsProducer(BatchHeader.producerId(batch, 0));
    }
}
