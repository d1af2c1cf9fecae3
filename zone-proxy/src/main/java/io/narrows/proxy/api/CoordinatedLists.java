package io.narrows.proxy.api;

import io.narrows.proxy.api.CoordinatedList.Requests;
import io.narrows.proxy.api.CoordinatedList.Results;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestGroup;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponseGroup;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TransactionState;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.ShareGroupDescribeRequestData;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupDescribeRequestData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;

/** The APIs that list groups or transactional ids, whose coordinators may be different brokers. */
final class CoordinatedLists {
    static final Map<ApiKeys, CoordinatedList<?, ?>> BY_KEY = Map.of(
            ApiKeys.OFFSET_FETCH, offsetFetch(),
            ApiKeys.DESCRIBE_GROUPS, describeGroups(),
            ApiKeys.CONSUMER_GROUP_DESCRIBE, consumerGroupDescribe(),
            ApiKeys.DELETE_GROUPS, deleteGroups(),
            ApiKeys.SHARE_GROUP_DESCRIBE, shareGroupDescribe(),
            ApiKeys.STREAMS_GROUP_DESCRIBE, streamsGroupDescribe(),
            ApiKeys.DESCRIBE_SHARE_GROUP_OFFSETS, describeShareGroupOffsets(),
            ApiKeys.DESCRIBE_TRANSACTIONS, describeTransactions());

    private CoordinatedLists() {}

    /** Until version 7 the request names one group outside a list. */
    private static CoordinatedList<OffsetFetchRequestGroup, OffsetFetchResponseGroup> offsetFetch() {
        return groups(
                new Requests<>(
                        message -> ((OffsetFetchRequestData) message).groups(),
                        OffsetFetchRequestGroup::groupId,
                        (whole, groups) -> new OffsetFetchRequestData()
                                .setRequireStable(((OffsetFetchRequestData) whole).requireStable())
                                .setGroups(groups)),
                new Results<>(
                        message -> ((OffsetFetchResponseData) message).groups(),
                        OffsetFetchResponseGroup::groupId,
                        OffsetFetchResponseGroup::errorCode,
                        (groups, throttleTimeMs) ->
                                new OffsetFetchResponseData().setGroups(groups).setThrottleTimeMs(throttleTimeMs)));
    }

    private static CoordinatedList<String, DescribeGroupsResponseData.DescribedGroup> describeGroups() {
        return groups(
                names(
                        message -> ((DescribeGroupsRequestData) message).groups(),
                        (whole, names) ->
                                ((DescribeGroupsRequestData) whole).duplicate().setGroups(names)),
                new Results<>(
                        message -> ((DescribeGroupsResponseData) message).groups(),
                        DescribeGroupsResponseData.DescribedGroup::groupId,
                        DescribeGroupsResponseData.DescribedGroup::errorCode,
                        (groups, throttleTimeMs) -> new DescribeGroupsResponseData()
                                .setGroups(groups)
                                .setThrottleTimeMs(throttleTimeMs)));
    }

    private static CoordinatedList<String, ConsumerGroupDescribeResponseData.DescribedGroup> consumerGroupDescribe() {
        return groups(
                names(
                        message -> ((ConsumerGroupDescribeRequestData) message).groupIds(),
                        (whole, names) -> ((ConsumerGroupDescribeRequestData) whole)
                                .duplicate()
                                .setGroupIds(names)),
                new Results<>(
                        message -> ((ConsumerGroupDescribeResponseData) message).groups(),
                        ConsumerGroupDescribeResponseData.DescribedGroup::groupId,
                        ConsumerGroupDescribeResponseData.DescribedGroup::errorCode,
                        (groups, throttleTimeMs) -> new ConsumerGroupDescribeResponseData()
                                .setGroups(groups)
                                .setThrottleTimeMs(throttleTimeMs)));
    }

    private static CoordinatedList<String, DeletableGroupResult> deleteGroups() {
        return groups(
                names(
                        message -> ((DeleteGroupsRequestData) message).groupsNames(),
                        (whole, names) -> new DeleteGroupsRequestData().setGroupsNames(names)),
                new Results<>(
                        // An element belongs to the collection that it came in.
                        message -> ((DeleteGroupsResponseData) message)
                                .results().stream()
                                        .map(DeletableGroupResult::duplicate)
                                        .toList(),
                        DeletableGroupResult::groupId,
                        DeletableGroupResult::errorCode,
                        (results, throttleTimeMs) -> {
                            DeleteGroupsResponseData response =
                                    new DeleteGroupsResponseData().setThrottleTimeMs(throttleTimeMs);
                            response.results().addAll(results);
                            return response;
                        }));
    }

    private static CoordinatedList<String, ShareGroupDescribeResponseData.DescribedGroup> shareGroupDescribe() {
        return groups(
                names(
                        message -> ((ShareGroupDescribeRequestData) message).groupIds(),
                        (whole, names) -> ((ShareGroupDescribeRequestData) whole)
                                .duplicate()
                                .setGroupIds(names)),
                new Results<>(
                        message -> ((ShareGroupDescribeResponseData) message).groups(),
                        ShareGroupDescribeResponseData.DescribedGroup::groupId,
                        ShareGroupDescribeResponseData.DescribedGroup::errorCode,
                        (groups, throttleTimeMs) -> new ShareGroupDescribeResponseData()
                                .setGroups(groups)
                                .setThrottleTimeMs(throttleTimeMs)));
    }

    private static CoordinatedList<String, StreamsGroupDescribeResponseData.DescribedGroup> streamsGroupDescribe() {
        return groups(
                names(
                        message -> ((StreamsGroupDescribeRequestData) message).groupIds(),
                        (whole, names) -> ((StreamsGroupDescribeRequestData) whole)
                                .duplicate()
                                .setGroupIds(names)),
                new Results<>(
                        message -> ((StreamsGroupDescribeResponseData) message).groups(),
                        StreamsGroupDescribeResponseData.DescribedGroup::groupId,
                        StreamsGroupDescribeResponseData.DescribedGroup::errorCode,
                        (groups, throttleTimeMs) -> new StreamsGroupDescribeResponseData()
                                .setGroups(groups)
                                .setThrottleTimeMs(throttleTimeMs)));
    }

    private static CoordinatedList<DescribeShareGroupOffsetsRequestGroup, DescribeShareGroupOffsetsResponseGroup>
            describeShareGroupOffsets() {
        return groups(
                new Requests<>(
                        message -> ((DescribeShareGroupOffsetsRequestData) message).groups(),
                        DescribeShareGroupOffsetsRequestGroup::groupId,
                        (whole, groups) -> new DescribeShareGroupOffsetsRequestData().setGroups(groups)),
                new Results<>(
                        message -> ((DescribeShareGroupOffsetsResponseData) message).groups(),
                        DescribeShareGroupOffsetsResponseGroup::groupId,
                        DescribeShareGroupOffsetsResponseGroup::errorCode,
                        (groups, throttleTimeMs) -> new DescribeShareGroupOffsetsResponseData()
                                .setGroups(groups)
                                .setThrottleTimeMs(throttleTimeMs)));
    }

    private static CoordinatedList<String, TransactionState> describeTransactions() {
        return new CoordinatedList<>(
                CoordinatorType.TRANSACTION,
                names(
                        message -> ((DescribeTransactionsRequestData) message).transactionalIds(),
                        (whole, names) -> new DescribeTransactionsRequestData().setTransactionalIds(names)),
                new Results<>(
                        message -> ((DescribeTransactionsResponseData) message).transactionStates(),
                        TransactionState::transactionalId,
                        TransactionState::errorCode,
                        (states, throttleTimeMs) -> new DescribeTransactionsResponseData()
                                .setTransactionStates(states)
                                .setThrottleTimeMs(throttleTimeMs)));
    }

    private static <P, R> CoordinatedList<P, R> groups(Requests<P> requests, Results<R> results) {
        return new CoordinatedList<>(CoordinatorType.GROUP, requests, results);
    }

    private static Requests<String> names(
            Function<ApiMessage, List<String>> names, BiFunction<ApiMessage, List<String>, ApiMessage> request) {
        return new Requests<>(names, name -> name, request);
    }
}
