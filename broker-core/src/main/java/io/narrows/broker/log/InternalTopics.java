package io.narrows.broker.log;

import org.apache.kafka.common.internals.Topic;

/**
 * Which topics are Kafka's own, or those of tools beside it. Their batches are never staged and never become links:
 * coordinators read them as they are, and a broker needs them to reach what it reads links with. Stateless.
 */
final class InternalTopics {
    /** Kafka names its topics so, in the core and in plugins such as the metadata of tiered storage. */
    private static final String PREFIX = "__";

    private InternalTopics() {}

    /** {@code __consumer_offsets}, {@code __remote_log_metadata} and every other topic that starts with two underscores. */
    static boolean contain(String topic) {
        return topic.startsWith(PREFIX) || Topic.isInternal(topic);
    }
}
