package io.narrows.proxy.api;

import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.ClientUpstream.Request;
import io.narrows.router.upstream.ClientUpstream.Use;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;

/**
 * A request of a group member: passed on to the group's coordinator over the client's own connection to it, where a
 * rebalance holds up nobody else and the end of the client's connection is seen. One per API and client connection.
 */
final class GroupApi implements Api {
    /** Every client takes NOT_COORDINATOR in every group response for a reason to look the coordinator up again. */
    static final Errors UNREACHABLE = Errors.NOT_COORDINATOR;

    private static final long ANSWER_MS = TimeUnit.MINUTES.toMillis(1);

    /** A member's answer waits for its group's leader, which no request says for how long: the group's bound does. */
    private static final long LONGEST_REBALANCE_MS = TimeUnit.MINUTES.toMillis(30);

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
    private final Coordinators coordinators;
    private final ClientUpstream upstream;

    /** For one of {@link #KEYS}. */
    GroupApi(ApiKeys key, Coordinators coordinators, ClientUpstream upstream) {
        this.key = key;
        this.groupId = Objects.requireNonNull(GROUP_IDS.get(key), "no API of one group");
        this.coordinators = coordinators;
        this.upstream = upstream;
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
        return send(coordinators, upstream, groupId.apply(call.message()), call);
    }

    /** Sends a request for one group to its coordinator. */
    static CompletableFuture<Answer> send(
            Coordinators coordinators, ClientUpstream upstream, String groupId, ApiCall call) {
        return coordinators.send(
                new Coordinators.Key(CoordinatorType.GROUP, groupId),
                call,
                UNREACHABLE,
                (broker, sent) -> upstream.send(
                        Use.GROUP,
                        broker,
                        new Request(
                                sent.key(),
                                sent.version(),
                                sent.clientId(),
                                sent.message(),
                                timeoutMs(sent.message()))));
    }

    private static long timeoutMs(ApiMessage request) {
        if (request instanceof JoinGroupRequestData join) {
            return ANSWER_MS + Math.max(join.rebalanceTimeoutMs(), join.sessionTimeoutMs());
        }
        return request instanceof SyncGroupRequestData ? LONGEST_REBALANCE_MS : ANSWER_MS;
    }
}
