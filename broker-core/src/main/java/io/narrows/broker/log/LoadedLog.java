package io.narrows.broker.log;

import org.apache.kafka.storage.internals.epoch.LeaderEpochFileCache;
import org.apache.kafka.storage.internals.log.LoadedLogOffsets;

/** What a {@link HybridLog} is made of, once its segments were loaded. */
record LoadedLog(
        LoadedLogOffsets offsets,
        HybridLocalLog localLog,
        LeaderEpochFileCache leaderEpochs,
        RestoringProducerStateManager producers) {}
