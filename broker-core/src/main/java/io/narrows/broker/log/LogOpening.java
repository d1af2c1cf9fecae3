package io.narrows.broker.log;

import java.io.File;
import java.util.Optional;
import java.util.concurrent.ConcurrentMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.storage.internals.log.LogConfig;

/** Which log to open, and how. */
record LogOpening(
        File dir,
        LogConfig config,
        long logStartOffset,
        long recoveryPoint,
        boolean lastShutdownClean,
        Optional<Uuid> topicId,
        ConcurrentMap<String, Integer> numRemainingSegments) {}
