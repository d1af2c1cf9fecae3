package io.narrows.broker.kafka;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.storage.internals.log.LoadedLogOffsets;
import org.apache.kafka.storage.internals.log.LocalLog;
import org.apache.kafka.storage.internals.log.LogSegments;

/** The local segments of a {@link HybridLog}. Guarded by the lock of that log, like the stock class. */
final class HybridLocalLog extends LocalLog {
    HybridLocalLog(
            HybridLog.Opening opening,
            HybridLogManager.Environment environment,
            LogSegments segments,
            LoadedLogOffsets offsets,
            TopicPartition partition) {
        super(
                opening.dir(),
                opening.config(),
                segments,
                offsets.recoveryPoint(),
                offsets.nextOffsetMetadata(),
                environment.scheduler(),
                environment.time(),
                partition,
                environment.logDirFailureChannel());
    }
}
