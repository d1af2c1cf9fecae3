package io.narrows.proxy.api;

import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestGroup;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.ShareGroupDescribeRequestData;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupDescribeRequestData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;

/** Requests that name several groups in a list, of which reserved ones are refused one by one. Stateless. */
final class GroupElements {
    static final Map<ApiKeys, RequestElements<?>> BY_KEY = Map.ofEntries(
            Map.entry(
                    ApiKeys.OFFSET_FETCH,
                    new RequestElements<OffsetFetchRequestGroup>(
                            request -> ((OffsetFetchRequestData) request).groups(),
                            (request, group) -> ReservedGroupIds.isReserved(group.groupId()),
                            (request, groups) -> ((OffsetFetchRequestData) request)
                                    .duplicate()
                                    .setGroups(groups),
                            (all, more) -> ((OffsetFetchResponseData) all)
                                    .groups()
                                    .addAll(((OffsetFetchResponseData) more).groups()))),
            Map.entry(
                    ApiKeys.DESCRIBE_GROUPS,
                    names(
                            request -> ((DescribeGroupsRequestData) request).groups(),
                            (request, groups) -> ((DescribeGroupsRequestData) request)
                                    .duplicate()
                                    .setGroups(groups),
                            (all, more) -> ((DescribeGroupsResponseData) all)
                                    .groups()
                                    .addAll(((DescribeGroupsResponseData) more).groups()))),
            Map.entry(
                    ApiKeys.CONSUMER_GROUP_DESCRIBE,
                    names(
                            request -> ((ConsumerGroupDescribeRequestData) request).groupIds(),
                            (request, groups) -> ((ConsumerGroupDescribeRequestData) request)
                                    .duplicate()
                                    .setGroupIds(groups),
                            (all, more) -> ((ConsumerGroupDescribeResponseData) all)
                                    .groups()
                                    .addAll(((ConsumerGroupDescribeResponseData) more).groups()))),
            Map.entry(
                    ApiKeys.SHARE_GROUP_DESCRIBE,
                    names(
                            request -> ((ShareGroupDescribeRequestData) request).groupIds(),
                            (request, groups) -> ((ShareGroupDescribeRequestData) request)
                                    .duplicate()
                                    .setGroupIds(groups),
                            (all, more) -> ((ShareGroupDescribeResponseData) all)
                                    .groups()
                                    .addAll(((ShareGroupDescribeResponseData) more).groups()))),
            Map.entry(
                    ApiKeys.STREAMS_GROUP_DESCRIBE,
                    names(
                            request -> ((StreamsGroupDescribeRequestData) request).groupIds(),
                            (request, groups) -> ((StreamsGroupDescribeRequestData) request)
                                    .duplicate()
                                    .setGroupIds(groups),
                            (all, more) -> ((StreamsGroupDescribeResponseData) all)
                                    .groups()
                                    .addAll(((StreamsGroupDescribeResponseData) more).groups()))),
            Map.entry(
                    ApiKeys.DELETE_GROUPS,
                    names(
                            request -> ((DeleteGroupsRequestData) request).groupsNames(),
                            (request, groups) -> new DeleteGroupsRequestData().setGroupsNames(groups),
                            (all, more) -> ((DeleteGroupsResponseData) more)
                                    .results()
                                    .forEach(result -> ((DeleteGroupsResponseData) all)
                                            .results()
                                            .add(result.duplicate())))),
            Map.entry(
                    ApiKeys.DESCRIBE_SHARE_GROUP_OFFSETS,
                    new RequestElements<DescribeShareGroupOffsetsRequestGroup>(
                            request -> ((DescribeShareGroupOffsetsRequestData) request).groups(),
                            (request, group) -> ReservedGroupIds.isReserved(group.groupId()),
                            (request, groups) -> ((DescribeShareGroupOffsetsRequestData) request)
                                    .duplicate()
                                    .setGroups(groups),
                            (all, more) -> ((DescribeShareGroupOffsetsResponseData) all)
                                    .groups()
                                    .addAll(((DescribeShareGroupOffsetsResponseData) more).groups()))),
            Map.entry(
                    ApiKeys.FIND_COORDINATOR,
                    new RequestElements<String>(
                            request -> ((FindCoordinatorRequestData) request).coordinatorKeys(),
                            (request, key) -> namesGroups((FindCoordinatorRequestData) request)
                                    && ReservedGroupIds.isReserved(key),
                            (request, keys) -> ((FindCoordinatorRequestData) request)
                                    .duplicate()
                                    .setCoordinatorKeys(keys),
                            (all, more) -> ((FindCoordinatorResponseData) all)
                                    .coordinators()
                                    .addAll(((FindCoordinatorResponseData) more).coordinators()))),
            configs(ApiKeys.DESCRIBE_CONFIGS),
            configs(ApiKeys.ALTER_CONFIGS),
            configs(ApiKeys.INCREMENTAL_ALTER_CONFIGS));

    private GroupElements() {}

    /** Keys of share coordinators begin with their group's id. */
    static boolean namesGroups(FindCoordinatorRequestData find) {
        return find.keyType() != CoordinatorType.TRANSACTION.id();
    }

    private static RequestElements<String> names(
            Function<ApiMessage, List<String>> names,
            BiFunction<ApiMessage, List<String>, ApiMessage> with,
            BiConsumer<ApiMessage, ApiMessage> append) {
        return new RequestElements<>(names, (request, name) -> ReservedGroupIds.isReserved(name), with, append);
    }

    private static Map.Entry<ApiKeys, RequestElements<?>> configs(ApiKeys key) {
        return Map.entry(
                key,
                ConfigElements.refusing(
                        key, (type, name) -> type == ConfigResource.Type.GROUP && ReservedGroupIds.isReserved(name)));
    }
}
