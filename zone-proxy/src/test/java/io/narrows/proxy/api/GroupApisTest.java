package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.fake.FakeCluster;
import io.narrows.proxy.fake.FakeUpstream;
import io.narrows.proxy.zone.ClientZones;
import io.narrows.proxy.zone.ZoneRules;
import io.narrows.proxy.zone.ZoneRules.Source;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.upstream.Upstream.Target.BrokerId;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Requests that go to groups' coordinators and partitions' leaders: who gets what, and what the client is told. */
final class GroupApisTest {
    private static final Client CLIENT = new Client("User", "ANONYMOUS", "10.0.0.9", ApiHarness.AT, "test-client");

    private final ApiHarness harness = new ApiHarness();
    private final FakeCluster cluster = harness.cluster;
    private final FakeUpstream upstream = harness.upstream;
    private final ClientApis apis = harness.connect(CLIENT);

    private <T extends ApiMessage> T reply(Class<T> type, ApiKeys key, int version, ApiMessage request) {
        return type.cast(((Answer.Reply) harness.answer(apis, key, version, request)).body());
    }

    private void coordinatorsByGroup() {
        upstream.answer(ApiKeys.FIND_COORDINATOR, call -> {
            FindCoordinatorResponseData response = new FindCoordinatorResponseData();
            ((FindCoordinatorRequestData) call.request())
                    .coordinatorKeys()
                    .forEach(key -> response.coordinators()
                            .add(new FindCoordinatorResponseData.Coordinator()
                                    .setKey(key)
                                    .setNodeId(key.endsWith("1") ? 1 : 2)));
            return response;
        });
    }

    @Test
    void aMemberThatAsksTheWrongCoordinatorIsSentToTheRightOne() {
        ArrayDeque<Errors> errors = new ArrayDeque<>(List.of(Errors.NOT_COORDINATOR, Errors.REBALANCE_IN_PROGRESS));
        upstream.answer(
                ApiKeys.HEARTBEAT,
                call -> new HeartbeatResponseData().setErrorCode(errors.remove().code()));
        HeartbeatResponseData response = reply(
                HeartbeatResponseData.class, ApiKeys.HEARTBEAT, 4, new HeartbeatRequestData().setGroupId("group-1"));
        assertThat(Errors.forCode(response.errorCode())).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
        assertThat(upstream.sent(ApiKeys.FIND_COORDINATOR)).hasSize(2);
    }

    @Test
    void aCoordinatorThatIsLostIsNoCoordinatorInEveryVersionOfEveryMembersRequest() {
        upstream.unreachable(true);
        for (ApiKeys key : GroupApi.KEYS) {
            for (short version : key.allVersions()) {
                ApiMessage request = key.messageType.newRequest();
                ApiMessage response = reply(ApiMessage.class, key, version, request);
                if (key != ApiKeys.OFFSET_COMMIT) {
                    assertThat(Responses.errors(response, version))
                            .as(key + " " + version)
                            .containsExactly(Errors.NOT_COORDINATOR);
                }
            }
        }
    }

    @Test
    void offsetsOfSeveralGroupsComeFromTheirCoordinatorsInOneAnswer() {
        coordinatorsByGroup();
        upstream.answer(ApiKeys.OFFSET_FETCH, call -> {
            OffsetFetchResponseData response = new OffsetFetchResponseData();
            ((OffsetFetchRequestData) call.request())
                    .groups()
                    .forEach(
                            group -> response.groups().add(new OffsetFetchResponseGroup().setGroupId(group.groupId())));
            return response.setThrottleTimeMs(((BrokerId) call.target()).id());
        });
        OffsetFetchRequestData request = new OffsetFetchRequestData()
                .setGroups(List.of(
                        new OffsetFetchRequestGroup().setGroupId("group-1"),
                        new OffsetFetchRequestGroup().setGroupId("group-2")));
        OffsetFetchResponseData response = reply(OffsetFetchResponseData.class, ApiKeys.OFFSET_FETCH, 9, request);
        assertThat(response.groups())
                .extracting(OffsetFetchResponseGroup::groupId)
                .containsExactly("group-1", "group-2");
        assertThat(response.throttleTimeMs()).isEqualTo(2);
        assertThat(upstream.sent(ApiKeys.OFFSET_FETCH))
                .extracting(FakeUpstream.Sent::target)
                .containsExactlyInAnyOrder(new BrokerId(1), new BrokerId(2));
    }

    @Test
    void aGroupWhoseCoordinatorFailsDoesNotHideTheOthers() {
        coordinatorsByGroup();
        upstream.answer(ApiKeys.DESCRIBE_GROUPS, call -> {
            String group = ((DescribeGroupsRequestData) call.request()).groups().get(0);
            Errors error = group.equals("group-1") ? Errors.NONE : Errors.COORDINATOR_LOAD_IN_PROGRESS;
            DescribeGroupsResponseData response = new DescribeGroupsResponseData();
            response.groups().add(new DescribedGroup().setGroupId(group).setErrorCode(error.code()));
            return response;
        });
        DescribeGroupsResponseData response = reply(
                DescribeGroupsResponseData.class,
                ApiKeys.DESCRIBE_GROUPS,
                5,
                new DescribeGroupsRequestData().setGroups(List.of("group-1", "group-2")));
        assertThat(response.groups())
                .extracting(group -> Errors.forCode(group.errorCode()))
                .containsExactly(Errors.NONE, Errors.COORDINATOR_LOAD_IN_PROGRESS);
    }

    @Test
    void offsetsAreListedByLeaderAndUnknownPartitionsAreUnknown() {
        cluster.createTopic("orders", 3);
        cluster.lead("orders", new PartitionView(1, 2, 9));
        upstream.answer(ApiKeys.LIST_OFFSETS, call -> {
            ListOffsetsRequestData request = (ListOffsetsRequestData) call.request();
            ListOffsetsResponseData response = new ListOffsetsResponseData();
            request.topics().forEach(topic -> {
                ListOffsetsTopicResponse answered = new ListOffsetsTopicResponse().setName(topic.name());
                topic.partitions()
                        .forEach(partition -> answered.partitions()
                                .add(new ListOffsetsPartitionResponse()
                                        .setPartitionIndex(partition.partitionIndex())
                                        .setOffset(((BrokerId) call.target()).id())));
                response.topics().add(answered);
            });
            return response;
        });
        ListOffsetsTopic topic = new ListOffsetsTopic().setName("orders");
        for (int partition = 0; partition < 4; partition++) {
            topic.partitions().add(new ListOffsetsPartition().setPartitionIndex(partition));
        }
        ListOffsetsResponseData response = reply(
                ListOffsetsResponseData.class,
                ApiKeys.LIST_OFFSETS,
                7,
                new ListOffsetsRequestData().setTopics(List.of(topic)));
        List<ListOffsetsPartitionResponse> partitions = response.topics().get(0).partitions();
        assertThat(partitions)
                .extracting(ListOffsetsPartitionResponse::offset)
                .containsExactly((long) FakeCluster.REAL_BROKER, 2L, (long) FakeCluster.REAL_BROKER, -1L);
        assertThat(Errors.forCode(partitions.get(3).errorCode())).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(upstream.sent(ApiKeys.LIST_OFFSETS)).hasSize(2);
    }

    @Test
    void aLeaderThatIsLostIsLookedForAgain() {
        cluster.createTopic("orders", 1);
        ListOffsetsTopic topic = new ListOffsetsTopic().setName("orders");
        topic.partitions().add(new ListOffsetsPartition().setPartitionIndex(0));
        ListOffsetsResponseData response = reply(
                ListOffsetsResponseData.class,
                ApiKeys.LIST_OFFSETS,
                7,
                new ListOffsetsRequestData().setTopics(List.of(topic)));
        assertThat(Errors.forCode(response.topics().get(0).partitions().get(0).errorCode()))
                .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    /** A broker reads records for a time, maybe from the object store; the ends of a log it knows. */
    @Test
    void offsetsByTimeDoNotUseConnectionsThatAllClientsShare() {
        cluster.createTopic("orders", 1);
        upstream.answer(ApiKeys.LIST_OFFSETS, call -> new ListOffsetsResponseData());
        for (long timestamp : new long[] {-1, -2, -3, -5, 1_000}) {
            ListOffsetsTopic topic = new ListOffsetsTopic().setName("orders");
            topic.partitions()
                    .add(new ListOffsetsPartition().setPartitionIndex(0).setTimestamp(timestamp));
            reply(
                    ListOffsetsResponseData.class,
                    ApiKeys.LIST_OFFSETS,
                    9,
                    new ListOffsetsRequestData().setTopics(List.of(topic)));
        }
        assertThat(upstream.sent(ApiKeys.LIST_OFFSETS))
                .extracting(FakeUpstream.Sent::own)
                .containsExactly(false, false, true, true, true);
    }

    @Test
    void theRackThatMembersOfGroupsOfAllKindsSayPlacesThem() {
        Map<ApiKeys, ApiMessage> heartbeats = Map.of(
                ApiKeys.CONSUMER_GROUP_HEARTBEAT, new ConsumerGroupHeartbeatRequestData().setRackId("b"),
                ApiKeys.SHARE_GROUP_HEARTBEAT, new ShareGroupHeartbeatRequestData().setRackId("b"),
                ApiKeys.STREAMS_GROUP_HEARTBEAT, new StreamsGroupHeartbeatRequestData().setRackId("b"));
        heartbeats.forEach((key, request) -> {
            ClientZones zones = new ClientZones(
                    new ZoneRules("a", List.of(Source.RACK), Map.of(), Map.of(), Pattern.compile("()")),
                    new MetricRegistry());
            Answer unused = harness.answer(harness.connect(CLIENT, zones), key, key.latestVersion(false), request);
            assertThat(zones.status().connectionsByZone()).as(key.name).containsEntry("b", 1);
        });
    }
}
