package io.narrows.proxy.api;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The groups that proxies form among themselves. A client gets the errors of a group that it has no permission for, and
 * lists omit them (RFC 0007): a member of such a group could send a zone's producers to another address. Stateless.
 */
final class ReservedGroups {
    /** The one group that a request is about. */
    private static final Map<ApiKeys, Function<ApiMessage, @Nullable String>> ONE = Map.ofEntries(
            Map.entry(ApiKeys.JOIN_GROUP, request -> ((JoinGroupRequestData) request).groupId()),
            Map.entry(ApiKeys.SYNC_GROUP, request -> ((SyncGroupRequestData) request).groupId()),
            Map.entry(ApiKeys.HEARTBEAT, request -> ((HeartbeatRequestData) request).groupId()),
            Map.entry(ApiKeys.LEAVE_GROUP, request -> ((LeaveGroupRequestData) request).groupId()),
            Map.entry(ApiKeys.OFFSET_COMMIT, request -> ((OffsetCommitRequestData) request).groupId()),
            Map.entry(ApiKeys.OFFSET_FETCH, request -> ((OffsetFetchRequestData) request).groupId()),
            Map.entry(ApiKeys.OFFSET_DELETE, request -> ((OffsetDeleteRequestData) request).groupId()),
            Map.entry(ApiKeys.TXN_OFFSET_COMMIT, request -> ((TxnOffsetCommitRequestData) request).groupId()),
            Map.entry(ApiKeys.ADD_OFFSETS_TO_TXN, request -> ((AddOffsetsToTxnRequestData) request).groupId()),
            Map.entry(ApiKeys.FIND_COORDINATOR, request -> {
                FindCoordinatorRequestData find = (FindCoordinatorRequestData) request;
                return GroupElements.namesGroups(find) ? find.key() : "";
            }),
            Map.entry(
                    ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                    request -> ((ConsumerGroupHeartbeatRequestData) request).groupId()),
            Map.entry(ApiKeys.SHARE_GROUP_HEARTBEAT, request -> ((ShareGroupHeartbeatRequestData) request).groupId()),
            Map.entry(
                    ApiKeys.STREAMS_GROUP_HEARTBEAT, request -> ((StreamsGroupHeartbeatRequestData) request).groupId()),
            Map.entry(ApiKeys.SHARE_FETCH, request -> ((ShareFetchRequestData) request).groupId()),
            Map.entry(ApiKeys.SHARE_ACKNOWLEDGE, request -> ((ShareAcknowledgeRequestData) request).groupId()),
            Map.entry(
                    ApiKeys.ALTER_SHARE_GROUP_OFFSETS,
                    request -> ((AlterShareGroupOffsetsRequestData) request).groupId()),
            Map.entry(
                    ApiKeys.DELETE_SHARE_GROUP_OFFSETS,
                    request -> ((DeleteShareGroupOffsetsRequestData) request).groupId()));

    /** Responses that list groups which the request does not name. */
    private static final Set<ApiKeys> LISTED = Set.of(ApiKeys.LIST_GROUPS, ApiKeys.LIST_CONFIG_RESOURCES);

    private ReservedGroups() {}

    /** Whether the API has a rule here. */
    static boolean guards(ApiKeys key) {
        return ONE.containsKey(key) || GroupElements.BY_KEY.containsKey(key) || LISTED.contains(key);
    }

    /** What the client gets: {@code next} answers what is left of the call without reserved groups. */
    static CompletableFuture<Answer> answer(ApiCall call, PermittedHandler next) {
        Function<ApiMessage, @Nullable String> one = ONE.get(call.key());
        if (one != null && ReservedGroupIds.isReserved(one.apply(call.message()))) {
            return CompletableFuture.completedFuture(ErrorResponses.error(call, Errors.GROUP_AUTHORIZATION_FAILED));
        }
        RequestElements<?> several = GroupElements.BY_KEY.get(call.key());
        if (several != null) {
            return several.answer(call, Errors.GROUP_AUTHORIZATION_FAILED, next);
        }
        return LISTED.contains(call.key()) ? next.answer(call).thenApply(ReservedGroups::hide) : next.answer(call);
    }

    private static Answer hide(Answer answer) {
        if (answer instanceof Answer.Reply reply) {
            if (reply.body() instanceof ListGroupsResponseData list) {
                list.setGroups(list.groups().stream()
                        .filter(group -> !ReservedGroupIds.isReserved(group.groupId()))
                        .toList());
            } else if (reply.body() instanceof ListConfigResourcesResponseData list) {
                list.setConfigResources(list.configResources().stream()
                        .filter(resource -> resource.resourceType() != ConfigResource.Type.GROUP.id()
                                || !ReservedGroupIds.isReserved(resource.resourceName()))
                        .toList());
            }
        }
        return answer;
    }
}
