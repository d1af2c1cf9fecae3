package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.narrows.proxy.fake.FakeUpstream;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.junit.jupiter.api.Test;

/**
 * What clients may not ask for, in requests made from Kafka's own schemas: every API and version that a proxy serves. An
 * API that is new in Kafka and names a group, or is not decided on, fails here.
 */
final class PermissionsTest {
    private static final Client CLIENT = new Client("User", "ANONYMOUS", "10.0.0.9", ApiHarness.AT, "");
    private static final String RESERVED = ReservedGroupIds.PREFIX + "main.zone-a";
    private static final Map<String, Long> NUMBERS =
            Map.of("resource_type", (long) ConfigResource.Type.GROUP.id(), "key_type", 0L);

    /** A group may stand in these too, whose names do not say so. */
    private static final Set<ApiKeys> GROUPS_BY_ANOTHER_NAME = EnumSet.of(
            ApiKeys.FIND_COORDINATOR,
            ApiKeys.DESCRIBE_CONFIGS,
            ApiKeys.ALTER_CONFIGS,
            ApiKeys.INCREMENTAL_ALTER_CONFIGS,
            ApiKeys.LIST_GROUPS,
            ApiKeys.LIST_CONFIG_RESOURCES);

    private final ApiHarness harness = new ApiHarness();
    private final FakeUpstream upstream = harness.upstream;

    private static Set<ApiKeys> served() {
        Set<ApiKeys> served = EnumSet.copyOf(ApiKeys.apisForListener(ListenerType.BROKER));
        served.removeIf(key -> ApiRouting.all().get(key) == ApiRoute.REFUSED);
        return served;
    }

    @Test
    void everyApiThatNamesAGroupIsGuardedAndNoOther() {
        Set<ApiKeys> naming = EnumSet.copyOf(GROUPS_BY_ANOTHER_NAME);
        for (ApiKeys key : served()) {
            for (short version = key.oldestVersion(); version <= key.latestVersion(); version++) {
                Set<String> names = new HashSet<>();
                collect(key.messageType.requestSchemas()[version], names);
                names.removeAll(Set.of("group_instance_id", "copartition_groups"));
                if (names.stream().anyMatch(name -> name.contains("group"))) {
                    naming.add(key);
                }
            }
        }
        Set<ApiKeys> guarded = served();
        guarded.removeIf(key -> !ReservedGroups.guards(key));
        assertThat(guarded).containsExactlyInAnyOrderElementsOf(naming);
    }

    private static void collect(Type type, Set<String> names) {
        if (type.isArray()) {
            collect(type.arrayElementType().orElseThrow(), names);
        } else if (type instanceof Schema schema) {
            for (BoundField field : schema.fields()) {
                names.add(field.def.name);
                collect(field.def.type, names);
            }
        } else if (type instanceof TaggedFields tagged) {
            for (Field field : tagged.fields().values()) {
                names.add(field.name);
                collect(field.type, names);
            }
        }
    }

    @Test
    void noVersionOfAnyApiReachesTheProxiesGroups() {
        Set<ApiKeys> lists = EnumSet.of(ApiKeys.LIST_GROUPS, ApiKeys.LIST_CONFIG_RESOURCES);
        for (ApiKeys key : served()) {
            if (ReservedGroups.guards(key) && !lists.contains(key)) {
                for (short version : versions(key)) {
                    ApiHarness harness = new ApiHarness();
                    Set<Errors> errors = errors(harness, key, version, NUMBERS);
                    assertThat(errors).as("%s version %d", key, version).contains(Errors.GROUP_AUTHORIZATION_FAILED);
                    assertThat(harness.upstream.all())
                            .as("%s version %d", key, version)
                            .isEmpty();
                }
            }
        }
    }

    @Test
    void noVersionOfAnyApiThatChangesTheClusterReachesBrokersUnlessItIsNamed() {
        Map<String, Long> broker = Map.of("resource_type", (long) ConfigResource.Type.BROKER.id());
        for (ApiKeys key : ClusterApis.denied().keySet()) {
            for (short version : versions(key)) {
                ApiHarness denied = new ApiHarness();
                assertThat(errors(denied, key, version, broker))
                        .as("%s version %d", key, version)
                        .contains(Errors.CLUSTER_AUTHORIZATION_FAILED);
                assertThat(denied.upstream.all())
                        .as("%s version %d", key, version)
                        .isEmpty();

                ApiHarness allowed = new ApiHarness(ClusterApis.allowing(List.of(key.name)));
                assertThat(errors(allowed, key, version, broker))
                        .as("%s version %d", key, version)
                        .doesNotContain(Errors.CLUSTER_AUTHORIZATION_FAILED);
            }
        }
    }

    @Test
    void everyApiThatIsServedIsDeniedOrPermittedForAReason() {
        Set<ApiKeys> decided = EnumSet.copyOf(ClusterApis.denied().keySet());
        decided.addAll(ClusterApis.permitted().keySet());
        assertThat(decided).containsExactlyInAnyOrderElementsOf(served());
        assertThat(ClusterApis.denied())
                .doesNotContainKeys(ClusterApis.permitted().keySet().toArray(ApiKeys[]::new));
    }

    @Test
    void whatIsNoApiThatChangesTheClusterCannotBeAllowed() {
        assertThatThrownBy(() -> ClusterApis.allowing(List.of("CreateAcl")))
                .hasMessageContaining("'CreateAcl'")
                .hasMessageContaining("CreateAcls");
    }

    /** The errors in the response to a filled request; a connection that ends counts as none. */
    private static Set<Errors> errors(ApiHarness harness, ApiKeys key, short version, Map<String, Long> numbers) {
        AbstractRequest request = new FilledRequest(RESERVED, 1, numbers).of(key, version);
        CompletableFuture<Answer> answer = harness.connect(CLIENT)
                .answer(new ApiCall(key, "test-client", request, records -> Unpooled.EMPTY_BUFFER));
        harness.loop.runPending();
        assertThat(answer).as("%s version %d", key, version).isDone();
        return answer.join() instanceof Answer.Reply reply
                ? AbstractResponse.parseResponse(key, MessageUtil.toByteBufferAccessor(reply.body(), version), version)
                        .errorCounts()
                        .keySet()
                : Set.of();
    }

    private static List<Short> versions(ApiKeys key) {
        List<Short> versions = new ArrayList<>();
        for (short version = ApiRouting.versions(key).min();
                version <= ApiRouting.versions(key).max();
                version++) {
            versions.add(version);
        }
        return versions;
    }

    @Test
    void listsOmitTheProxiesGroups() {
        upstream.answer(
                ApiKeys.LIST_GROUPS,
                call -> new ListGroupsResponseData()
                        .setGroups(List.of(
                                new ListedGroup().setGroupId("orders"), new ListedGroup().setGroupId(RESERVED))));
        assertThat(reply(ListGroupsResponseData.class, ApiKeys.LIST_GROUPS, 4, new ListGroupsRequestData())
                        .groups())
                .extracting(ListedGroup::groupId)
                .containsExactly("orders");
        upstream.answer(ApiKeys.LIST_CONFIG_RESOURCES, call -> {
            ListConfigResourcesResponseData response = new ListConfigResourcesResponseData();
            for (String name : List.of("orders", RESERVED)) {
                response.configResources()
                        .add(new ListConfigResourcesResponseData.ConfigResource()
                                .setResourceName(name)
                                .setResourceType(ConfigResource.Type.GROUP.id()));
            }
            return response;
        });
        assertThat(reply(
                                ListConfigResourcesResponseData.class,
                                ApiKeys.LIST_CONFIG_RESOURCES,
                                1,
                                new ListConfigResourcesRequestData())
                        .configResources())
                .extracting(ListConfigResourcesResponseData.ConfigResource::resourceName)
                .containsExactly("orders");
    }

    @Test
    void otherGroupsOfARequestAreServed() {
        upstream.answer(ApiKeys.DELETE_GROUPS, call -> {
            DeleteGroupsResponseData response = new DeleteGroupsResponseData();
            ((DeleteGroupsRequestData) call.request())
                    .groupsNames()
                    .forEach(name -> response.results().add(new DeletableGroupResult().setGroupId(name)));
            return response;
        });
        DeleteGroupsResponseData deleted = reply(
                DeleteGroupsResponseData.class,
                ApiKeys.DELETE_GROUPS,
                2,
                new DeleteGroupsRequestData().setGroupsNames(List.of("orders", RESERVED, "bills")));
        assertThat(deleted.results())
                .extracting(DeletableGroupResult::groupId, result -> Errors.forCode(result.errorCode()))
                .containsExactlyInAnyOrder(
                        tuple("orders", Errors.NONE),
                        tuple("bills", Errors.NONE),
                        tuple(RESERVED, Errors.GROUP_AUTHORIZATION_FAILED));
        FindCoordinatorResponseData found = reply(
                FindCoordinatorResponseData.class,
                ApiKeys.FIND_COORDINATOR,
                6,
                new FindCoordinatorRequestData().setCoordinatorKeys(List.of("orders", RESERVED)));
        assertThat(found.coordinators())
                .extracting(Coordinator::key, one -> Errors.forCode(one.errorCode()), Coordinator::host)
                .containsExactlyInAnyOrder(
                        tuple("orders", Errors.NONE, ApiHarness.AT.host()),
                        tuple(RESERVED, Errors.GROUP_AUTHORIZATION_FAILED, ""));
    }

    @Test
    void aTransactionalIdMayBeginLikeTheProxiesGroups() {
        FindCoordinatorResponseData found = reply(
                FindCoordinatorResponseData.class,
                ApiKeys.FIND_COORDINATOR,
                4,
                new FindCoordinatorRequestData().setKeyType((byte) 1).setCoordinatorKeys(List.of(RESERVED)));
        assertThat(found.coordinators())
                .extracting(one -> Errors.forCode(one.errorCode()))
                .containsExactly(Errors.NONE);
    }

    @Test
    void configurationsOfTopicsBesideThoseOfBrokersAreServed() {
        upstream.answer(ApiKeys.INCREMENTAL_ALTER_CONFIGS, call -> {
            IncrementalAlterConfigsResponseData response = new IncrementalAlterConfigsResponseData();
            ((IncrementalAlterConfigsRequestData) call.request())
                    .resources()
                    .forEach(resource -> response.responses()
                            .add(new AlterConfigsResourceResponse()
                                    .setResourceType(resource.resourceType())
                                    .setResourceName(resource.resourceName())));
            return response;
        });
        IncrementalAlterConfigsRequestData request = new IncrementalAlterConfigsRequestData();
        request.resources().add(resource(ConfigResource.Type.TOPIC, "orders"));
        request.resources().add(resource(ConfigResource.Type.BROKER, "1"));
        request.resources().add(resource(ConfigResource.Type.GROUP, RESERVED));
        assertThat(reply(IncrementalAlterConfigsResponseData.class, ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1, request)
                        .responses())
                .extracting(AlterConfigsResourceResponse::resourceName, one -> Errors.forCode(one.errorCode()))
                .containsExactlyInAnyOrder(
                        tuple("orders", Errors.NONE),
                        tuple("1", Errors.CLUSTER_AUTHORIZATION_FAILED),
                        tuple(RESERVED, Errors.GROUP_AUTHORIZATION_FAILED));
    }

    private static IncrementalAlterConfigsRequestData.AlterConfigsResource resource(
            ConfigResource.Type type, String name) {
        return new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(type.id())
                .setResourceName(name);
    }

    private <T extends ApiMessage> T reply(Class<T> type, ApiKeys key, int version, ApiMessage request) {
        return type.cast(((Answer.Reply) harness.answer(harness.connect(CLIENT), key, version, request)).body());
    }
}
