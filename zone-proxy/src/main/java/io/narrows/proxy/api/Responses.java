package io.narrows.proxy.api;

import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData;
import org.apache.kafka.common.message.ShareGroupHeartbeatResponseData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AddOffsetsToTxnResponse;
import org.apache.kafka.common.requests.AddPartitionsToTxnResponse;
import org.apache.kafka.common.requests.AlterShareGroupOffsetsResponse;
import org.apache.kafka.common.requests.ConsumerGroupDescribeResponse;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatResponse;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.requests.DeleteShareGroupOffsetsResponse;
import org.apache.kafka.common.requests.DescribeGroupsResponse;
import org.apache.kafka.common.requests.DescribeShareGroupOffsetsResponse;
import org.apache.kafka.common.requests.DescribeTransactionsResponse;
import org.apache.kafka.common.requests.EndTxnResponse;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.LeaveGroupResponse;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.requests.OffsetDeleteResponse;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.requests.ShareGroupDescribeResponse;
import org.apache.kafka.common.requests.ShareGroupHeartbeatResponse;
import org.apache.kafka.common.requests.StreamsGroupDescribeResponse;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse;
import org.apache.kafka.common.requests.SyncGroupResponse;
import org.apache.kafka.common.requests.TxnOffsetCommitResponse;

/** What coordinators' responses have in common, read with Kafka's own response classes. */
final class Responses {
    private static final Map<Class<? extends ApiMessage>, BiFunction<ApiMessage, Short, AbstractResponse>> WRAPPERS =
            Map.ofEntries(
                    of(InitProducerIdResponseData.class, (data, v) -> new InitProducerIdResponse(data)),
                    of(AddPartitionsToTxnResponseData.class, (data, v) -> new AddPartitionsToTxnResponse(data)),
                    of(AddOffsetsToTxnResponseData.class, (data, v) -> new AddOffsetsToTxnResponse(data)),
                    of(TxnOffsetCommitResponseData.class, (data, v) -> new TxnOffsetCommitResponse(data)),
                    of(EndTxnResponseData.class, (data, v) -> new EndTxnResponse(data)),
                    of(JoinGroupResponseData.class, JoinGroupResponse::new),
                    of(SyncGroupResponseData.class, (data, v) -> new SyncGroupResponse(data)),
                    of(HeartbeatResponseData.class, (data, v) -> new HeartbeatResponse(data)),
                    of(LeaveGroupResponseData.class, (data, v) -> new LeaveGroupResponse(data)),
                    of(OffsetCommitResponseData.class, (data, v) -> new OffsetCommitResponse(data)),
                    of(OffsetFetchResponseData.class, OffsetFetchResponse::new),
                    of(OffsetDeleteResponseData.class, (data, v) -> new OffsetDeleteResponse(data)),
                    of(DescribeGroupsResponseData.class, (data, v) -> new DescribeGroupsResponse(data)),
                    of(DeleteGroupsResponseData.class, (data, v) -> new DeleteGroupsResponse(data)),
                    of(ConsumerGroupDescribeResponseData.class, (data, v) -> new ConsumerGroupDescribeResponse(data)),
                    of(ShareGroupHeartbeatResponseData.class, (data, v) -> new ShareGroupHeartbeatResponse(data)),
                    of(StreamsGroupHeartbeatResponseData.class, (data, v) -> new StreamsGroupHeartbeatResponse(data)),
                    of(ShareGroupDescribeResponseData.class, (data, v) -> new ShareGroupDescribeResponse(data)),
                    of(StreamsGroupDescribeResponseData.class, (data, v) -> new StreamsGroupDescribeResponse(data)),
                    of(
                            DescribeShareGroupOffsetsResponseData.class,
                            (data, v) -> new DescribeShareGroupOffsetsResponse(data)),
                    of(AlterShareGroupOffsetsResponseData.class, (data, v) -> new AlterShareGroupOffsetsResponse(data)),
                    of(
                            DeleteShareGroupOffsetsResponseData.class,
                            (data, v) -> new DeleteShareGroupOffsetsResponse(data)),
                    of(DescribeTransactionsResponseData.class, (data, v) -> new DescribeTransactionsResponse(data)),
                    of(
                            ConsumerGroupHeartbeatResponseData.class,
                            (data, v) -> new ConsumerGroupHeartbeatResponse(data)));

    private Responses() {}

    private static <T extends ApiMessage>
            Map.Entry<Class<? extends ApiMessage>, BiFunction<ApiMessage, Short, AbstractResponse>> of(
                    Class<T> type, BiFunction<T, Short, AbstractResponse> wrap) {
        return Map.entry(type, (message, version) -> wrap.apply(type.cast(message), version));
    }

    /** All error codes of a coordinator's response. */
    static Set<Errors> errors(ApiMessage response, short version) {
        return wrap(response, version).errorCounts().keySet();
    }

    /** For how long a broker wants the client to be quiet, in milliseconds. */
    static int throttleTimeMs(ApiKeys key, ApiMessage response, short version) {
        // Only what is frequent has a wrapper; the others are read again from their bytes.
        return WRAPPERS.containsKey(response.getClass())
                ? wrap(response, version).throttleTimeMs()
                : AbstractResponse.parseResponse(key, MessageUtil.toByteBufferAccessor(response, version), version)
                        .throttleTimeMs();
    }

    private static AbstractResponse wrap(ApiMessage response, short version) {
        BiFunction<ApiMessage, Short, AbstractResponse> wrapper = WRAPPERS.get(response.getClass());
        if (wrapper == null) {
            throw new IllegalArgumentException("invariant violated: no coordinator sends "
                    + response.getClass().getSimpleName());
        }
        return wrapper.apply(response, version);
    }
}
