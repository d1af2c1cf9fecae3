package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

final class MetadataPartsTest {
    private static final short VERSION = 13;
    private static final int IDS = 20_000;

    private static MetadataRequestData byIds(int count) {
        MetadataRequestData request =
                new MetadataRequestData().setAllowAutoTopicCreation(false).setIncludeTopicAuthorizedOperations(true);
        for (int i = 1; i <= count; i++) {
            request.topics().add(new MetadataRequestTopic().setTopicId(new Uuid(i, 7)));
        }
        return request;
    }

    /** As a broker answers that knows none of the topics. */
    private static MetadataResponseData unknown(MetadataRequestData part) {
        MetadataResponseData response =
                new MetadataResponseData().setClusterId("c").setThrottleTimeMs(3);
        part.topics()
                .forEach(topic -> response.topics()
                        .add(new MetadataResponseTopic()
                                .setTopicId(topic.topicId())
                                .setName(null)
                                .setErrorCode(Errors.UNKNOWN_TOPIC_ID.code())));
        return response;
    }

    @Test
    void manyIdsAreAskedForInPartsAndAnsweredTogether() {
        MetadataRequestData request = byIds(IDS);
        request.topics().addAll(byIds(IDS).topics());
        request.topics().add(new MetadataRequestTopic().setName("ignored by brokers"));
        List<MetadataRequestData> parts = MetadataParts.split(request, VERSION);
        assertThat(parts).hasSize(IDS / MetadataParts.MAX_IDS).allSatisfy(part -> {
            assertThat(part.topics()).hasSize(MetadataParts.MAX_IDS);
            assertThat(part.allowAutoTopicCreation()).isFalse();
            assertThat(part.includeTopicAuthorizedOperations()).isTrue();
        });
        MetadataResponseData merged = MetadataParts.merge(
                parts.stream().map(MetadataPartsTest::unknown).toList());
        Set<Uuid> asked = new LinkedHashSet<>();
        byIds(IDS).topics().forEach(topic -> asked.add(topic.topicId()));
        assertThat(merged.topics().stream().map(MetadataResponseTopic::topicId)).containsExactlyElementsOf(asked);
        assertThat(merged.topics())
                .allSatisfy(topic -> assertThat(topic.errorCode()).isEqualTo(Errors.UNKNOWN_TOPIC_ID.code()));
        assertThat(merged.throttleTimeMs()).isEqualTo(3);
        assertThat(merged.clusterId()).isEqualTo("c");
    }

    @Test
    void topicsWithoutNamesHavePlacesOfTheirOwn() {
        Set<Integer> places = new HashSet<>();
        MetadataParts.table(unknown(byIds(1_000)).topics().stream()
                        .map(MetadataResponseTopic::duplicate)
                        .toList())
                .forEach(topic -> places.add(topic.hashCode()));
        assertThat(places).hasSize(1_000);
    }

    @Test
    void otherRequestsAreSentAsTheyAre() {
        MetadataRequestData few = byIds(MetadataParts.MAX_IDS);
        MetadataRequestData many = byIds(MetadataParts.MAX_IDS + 1);
        MetadataRequestData all = new MetadataRequestData().setTopics(null);
        MetadataRequestData named = new MetadataRequestData();
        for (int i = 0; i < 1_000; i++) {
            named.topics().add(new MetadataRequestTopic().setName("topic-" + i));
        }
        assertThat(MetadataParts.split(few, VERSION)).containsExactly(few);
        assertThat(MetadataParts.split(many, (short) 11)).containsExactly(many);
        assertThat(MetadataParts.split(many, VERSION)).hasSize(2);
        assertThat(MetadataParts.split(all, VERSION)).containsExactly(all);
        assertThat(MetadataParts.split(named, VERSION)).containsExactly(named);
    }
}
