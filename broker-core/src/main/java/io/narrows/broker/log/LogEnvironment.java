package io.narrows.broker.log;

import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.ConfigRepository;
import org.apache.kafka.server.util.Scheduler;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

/** What a log manager and its logs need of the broker around them. */
public record LogEnvironment(
        ConfigRepository topicConfigs,
        Scheduler scheduler,
        Time time,
        BrokerTopicStats brokerTopicStats,
        LogDirFailureChannel logDirFailureChannel,
        LinkServices links) {}
