package io.narrows.broker.log;

import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;

/** What the log manager gives to each of its logs. */
record LogOwner(
        LogEnvironment environment,
        int maxTransactionTimeoutMs,
        ProducerStateManagerConfig producerStateConfig,
        int producerIdExpirationCheckIntervalMs,
        boolean remoteStorage,
        LinkServices links) {}
