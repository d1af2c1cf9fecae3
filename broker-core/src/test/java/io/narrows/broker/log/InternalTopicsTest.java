package io.narrows.broker.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManagerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class InternalTopicsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                Topic.GROUP_METADATA_TOPIC_NAME,
                Topic.TRANSACTION_STATE_TOPIC_NAME,
                Topic.SHARE_GROUP_STATE_TOPIC_NAME,
                Topic.CLUSTER_METADATA_TOPIC_NAME,
                TopicBasedRemoteLogMetadataManagerConfig.REMOTE_LOG_METADATA_TOPIC_NAME,
                "__a_topic_of_a_tool"
            })
    void topicsOfKafkaAndOfItsToolsAreInternal(String topic) {
        assertThat(InternalTopics.contain(topic)).isTrue();
    }

    @Test
    void otherTopicsAreNot() {
        assertThat(InternalTopics.contain("orders")).isFalse();
        assertThat(InternalTopics.contain("_orders")).isFalse();
    }

    @Test
    void anInternalTopicTakesNoLinks(@TempDir Path directory) throws Exception {
        try (LogFixture logs = new LogFixture(directory)) {
            assertThat(logs.open("orders").takesLinks()).isTrue();
            assertThat(logs.open("__remote_log_metadata").takesLinks()).isFalse();
        }
    }
}
