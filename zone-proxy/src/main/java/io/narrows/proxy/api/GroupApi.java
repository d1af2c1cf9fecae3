package io.narrows.proxy.api;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/**
 * A request of a group member: passed on to the group's coordinator over the client's own connection to it, where a
 * rebalance delays no other client and the end of the client's connection is seen. One per API and client connection.
 */
final class GroupApi implements Api {
    /** Every client takes NOT_COORDINATOR in every group response for a reason to look the coordinator up again. */
    static final Errors UNREACHABLE = Errors.NOT_COORDINATOR;

    private static final Map<ApiKeys, Function<ApiMessage, String>> GROUP_IDS = Map.ofEntries(
            Map.entry(ApiKeys.JOIN_GROUP, request -> ((JoinGroupRequestData) request).groupId()),
            Map.entry(ApiKeys.SYNC_GROUP, request -> ((SyncGroupRequestData) request).groupId()),
            Map.entry(ApiKeys.HEARTBEAT, request -> ((HeartbeatRequestData) request).groupId()),
            Map.entry(ApiKeys.LEAVE_GROUP, request -> ((LeaveGroupRequestData) request).groupId()),
            Map.entry(ApiKeys.OFFSET_COMMIT, request -> ((OffsetCommitRequestData) request).groupId()),
            Map.entry(ApiKeys.OFFSET_DELETE, request -> ((OffsetDeleteRequestData) request).groupId()),
            Map.entry(
                    ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                    request -> ((ConsumerGroupHeartbeatRequestData) request).groupId()),
            Map.entry(ApiKeys.SHARE_GROUP_HEARTBEAT, request -> ((ShareGroupHeartbeatRequestData) request).groupId()),
            Map.entry(
                    ApiKeys.STREAMS_GROUP_HEARTBEAT, request -> ((StreamsGroupHeartbeatRequestData) request).groupId()),
            Map.entry(
                    ApiKeys.ALTER_SHARE_GROUP_OFFSETS,
                    request -> ((AlterShareGroupOffsetsRequestData) request).groupId()),
            Map.entry(
                    ApiKeys.DELETE_SHARE_GROUP_OFFSETS,
                    request -> ((DeleteShareGroupOffsetsRequestData) request).groupId()));

    static final Set<ApiKeys> KEYS = GROUP_IDS.keySet();

    private final ApiKeys key;
    private final Function<ApiMessage, String> groupId;
    private final CoordinatorRoute route;

    /** For one of {@link #KEYS}. */
    GroupApi(ApiKeys key, CoordinatorRoute route) {
        this.key = key;
        this.groupId = Objects.requireNonNull(GROUP_IDS.get(key), "no API of one group");
        this.route = route;
    }

    @Override
    public ApiKeys key() {
        return key;
    }

    /** A broker, too, handles the next request of a member after it has answered this one. */
    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.BARRIER;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        return route.toGroup(groupId.apply(call.message()), call, UNREACHABLE);
    }
}
