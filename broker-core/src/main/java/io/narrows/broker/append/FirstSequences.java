package io.narrows.broker.append;

import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.log.HybridLog;
import io.narrows.broker.relay.RelayEntry;
import io.narrows.relay.rpc.AppendEntry.Sequence;
import java.nio.ByteBuffer;
import kafka.server.ReplicaManager;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import scala.Option;

/**
 * A log takes any first sequence from a producer that it does not know, so a batch that has overtaken its producer's
 * first ones would lock them out (RFC 0002, rule L11). For any thread.
 */
final class FirstSequences {
    private final ReplicaManager replicas;

    FirstSequences(ReplicaManager replicas) {
        this.replicas = replicas;
    }

    /**
     * Whether the batch is not its producer's first one and the partition does not know its producer. A batch that is
     * appended meanwhile by another lane only makes this out of date towards a refusal.
     */
    boolean isMissing(RelayEntry entry, TopicPartition partition) {
        ByteBuffer batch = ByteBuffer.wrap(entry.bytes());
        if (entry.sequence() == Sequence.ANY
                || !BatchHeader.isPlausible(batch, 0)
                || BatchHeader.producerId(batch, 0) < 0
                || BatchHeader.baseSequence(batch, 0) <= 0) {
            return false;
        }
        Option<UnifiedLog> log = replicas.getLog(partition);
        return log.isDefined()
                && log.get() instanceof HybridLog hybrid
                && !hybrid.knowsProducer(BatchHeader.producerId(batch, 0));
    }
}
